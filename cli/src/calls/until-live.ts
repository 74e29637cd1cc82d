import type { TerminalView } from '@cao/contracts';
import type { Context } from '../context.ts';
import { CliError } from '../exit.ts';
import { eventLine } from '../render/event.ts';
import { plainLine } from '../render/plain.ts';
import { openFeed } from './feed.ts';
import { hostNames } from './host-names.ts';

/** Events after which the terminal may have become live or closed. */
const DECISIVE = new Set(['terminal.live', 'terminal.status', 'terminal.closed']);

/**
 * Shows how a terminal is placed and starts, until its CLI runs.
 * @throws CliError(gone) with the reason when it closes instead.
 */
export async function untilLive(context: Context, terminal: TerminalView): Promise<TerminalView> {
  using feed = openFeed(context, { session: terminal.session_name, after: 0 });
  let now = terminal;
  const look = async () => {
    now = (await context.client.terminals.get({ params: { id: terminal.id }, signal: context.signal }))
      .terminal;
    if (now.lifecycle === 'closed')
      throw new CliError(
        'gone',
        `terminal ${now.id} could not start: ${plainLine(now.reason ?? 'no reason is known')}`,
        `See \`cao why ${now.id}\`.`,
      );
    return now.lifecycle === 'live' && now.status !== 'starting';
  };
  await feed.subscribed;
  const hosts = await hostNames(context);
  if (await look()) return now;
  for await (const event of feed) {
    if (event.terminal_id !== terminal.id) continue;
    context.io.note(eventLine(context.io.paintNote, event, hosts));
    if (DECISIVE.has(event.kind) && (await look())) return now;
  }
  return now;
}
