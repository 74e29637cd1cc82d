import { closeTerminal, fenceLink } from '@cao/db';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { DEADLINE_MS } from './deadlines.ts';
import type { Link } from './link.ts';
import { ownTerminal } from './own-terminal.ts';

/** Bell `close`: somebody asked for the end of this terminal. */
export async function endTerminal(deps: Deps, link: Link, id: string): Promise<void> {
  const row = await ownTerminal(deps, link, id);
  if (!row?.closing) return;
  const reason = row.closing;
  const { closed } = await link.command(
    { do: 'close', terminal: row.id, epoch: row.epoch, reason, final: true },
    DEADLINE_MS.close,
  );
  // Its workspace is pushed or looked through; the event `closed` tells the end.
  if (!closed) return;
  await commit(deps, async (ledger) => {
    await fenceLink(ledger.tx, link.hostId, link.epoch);
    await closeTerminal(ledger, row, reason);
  });
}
