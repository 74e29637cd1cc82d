import { commitPasted, fenceLink, type NextMail, setWaitingReasons } from '@cao/db';
import { failpoint } from '@cao/runtime';
import { commit, commitOne } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { DEADLINE_MS } from './deadlines.ts';
import type { Link } from './link.ts';

/**
 * A host proves what it pasted and tells the outcome as an event: until then another bell has nothing to ask for. After
 * this long it is asked again, which starts a proof anew that was lost. Most come within 50 ms. Units: ms.
 */
const PROOF_MS = 2_000;
/** A paste that is proven within this is one commit with its proof, however long that takes; else it is written down by then. Units: ms. */
const SOON_MS = { ofFew: 30, ofMany: 250 };
/** With more than these under way, a statement of its own for each paste is what all of them wait for. */
const FEW = 16;

/**
 * Bell `mail`: sends the oldest open message; the next one follows when this one's proof has come.
 * @param found what was stored a moment ago, and is that message
 */
export async function deliverMail(deps: Deps, link: Link, id: string, found?: NextMail): Promise<void> {
  for (let known = found; ; known = null) {
    const next = known ?? (await deps.shared.nextMail(id));
    if (!next?.message || next.row.hostId !== link.hostId) return;
    const { row, message, paused } = next;
    if (row.lifecycle !== 'live' || row.closing) return;
    const taken = link.taken.get(id);
    if (message.state === 'pasted' && taken?.seq === message.seq && performance.now() - taken.at < PROOF_MS)
      return;
    if (message.state === 'queued' && paused) return;
    const terminal = { id: row.id, epoch: row.epoch, session: row.sessionName };
    using proof = deps.proofs.watch(id, message.seq);
    await failpoint('api.deliver.before-frame');
    const result = await link.command(
      {
        do: 'deliver',
        terminal: row.id,
        epoch: row.epoch,
        seq: message.seq,
        prev: row.pastedSeq,
        message_id: message.id,
        text: message.text,
      },
      DEADLINE_MS.deliver,
    );
    if (result.outcome === 'pasted') link.taken.set(id, { seq: message.seq, at: performance.now() });
    await failpoint('api.deliver.after-frame');
    if (result.outcome === 'pasted') {
      // It was in the pane before; the host goes on proving it, and its `accepted` comes as an event.
      if (message.state === 'pasted') return;
      if (await proof.within(deps.proofs.count > FEW ? SOON_MS.ofMany : SOON_MS.ofFew)) return;
    }
    // The pane may be ahead of the rows (a crash between paste and commit): then they are made even, and looked at again.
    const ahead =
      result.outcome === 'refused' && result.cursor !== null && result.cursor.seq > row.pastedSeq
        ? result.cursor.seq
        : null;
    if (result.outcome === 'refused' && ahead === null)
      await commit(deps, async ({ tx }) => {
        await fenceLink(tx, link.hostId, link.epoch);
        await setWaitingReasons(tx, [row.id], `message ${message.seq} waits: ${result.reason}`);
      });
    else await commitOne(deps, ({ tx }) => commitPasted(tx, link, terminal, ahead ?? message.seq));
    await failpoint('api.deliver.after-commit');
    if (ahead === null) return;
  }
}
