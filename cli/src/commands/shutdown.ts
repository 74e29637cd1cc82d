import { CaoError, sessionName, type TerminalView, withSessionPrefix } from '@cao/contracts';
import { defineCommand, flag, jsonFlag, value } from '../command.ts';
import type { Context } from '../context.ts';
import { CliError } from '../exit.ts';
import { plainLine } from '../render/plain.ts';

/** The api answers a shutdown at the latest after this; then it is asked again. Units: ms. */
const ASK_MS = 20_000;
/** A host that is away keeps its terminals; more waiting would not help. Units: ms. */
const WAIT_MS = 40_000;

interface Outcome {
  readonly name: string;
  readonly result: 'ended' | 'already removed' | 'waiting' | 'failed';
  readonly remaining: readonly TerminalView[];
  readonly error?: string;
}

export const command = defineCommand({
  path: ['shutdown'],
  summary: 'End a session, or all of them',
  help: 'Ends every terminal of the session, wherever it runs. Ending a session that has ended already is no error.',
  examples: ['cao shutdown --session NAME', 'cao shutdown --all'],
  args: {},
  options: {
    session: value('NAME', sessionName.optional(), 'the session to end, with or without the prefix cao-'),
    all: flag('every open session'),
    json: jsonFlag,
  },
  async run({ session, all, json }, context) {
    const { io, client, signal } = context;
    if (all === (session !== undefined))
      throw new CliError('bad_request', 'give either --all or --session NAME', 'See `cao shutdown --help`.');
    const names = all
      ? (await client.sessions.list({ query: {}, signal })).sessions.map((one) => one.name)
      : [withSessionPrefix(session!)];
    if (names.length === 0) io.note('No open sessions.');

    const outcomes = await Promise.all(names.map((name) => end(context, name)));
    const failed = outcomes.filter((one) => one.result === 'failed' || one.result === 'waiting');
    if (!json) for (const outcome of outcomes) io.out(say(outcome));
    else if (failed.length === 0) io.json({ sessions: outcomes });
    if (failed.length > 0)
      throw new CliError(
        failed.some((one) => one.result === 'failed') ? 'unavailable' : 'timeout',
        `not ended yet: ${failed.map((one) => one.name).join(', ')}`,
        `See \`cao session status ${failed[0]!.name}\`; a host that is away ends its terminals when it is back.`,
        { details: { sessions: outcomes } },
      );
  },
});

async function end(context: Context, name: string): Promise<Outcome> {
  const until = Date.now() + WAIT_MS;
  try {
    for (;;) {
      const { session, remaining } = await context.client.sessions.shutdown({
        params: { name },
        query: { wait_ms: ASK_MS },
        signal: context.signal,
      });
      if (remaining.length === 0) return { name: session.name, result: 'ended', remaining };
      if (Date.now() >= until) return { name: session.name, result: 'waiting', remaining };
      context.io.note(`${session.name}: ${remaining.length} still ending`);
    }
  } catch (cause) {
    if (!(cause instanceof CaoError)) throw cause;
    if (cause.code === 'not_found' || cause.code === 'gone')
      return { name, result: 'already removed', remaining: [] };
    return { name, result: 'failed', remaining: [], error: cause.message };
  }
}

function say(outcome: Outcome): string {
  const rest = outcome.remaining
    .map((one) => `${one.id} on ${plainLine(one.host_name ?? 'no host')}`)
    .join(', ');
  if (outcome.result === 'waiting') return `${outcome.name}: still ending: ${rest}`;
  return `${outcome.name}: ${outcome.error === undefined ? outcome.result : plainLine(outcome.error)}`;
}
