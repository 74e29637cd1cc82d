import { type Failure, type FailureKind, failureTable } from '@cao/contracts';
import { eq, sql } from 'drizzle-orm';
import type { Ledger } from '../ledger.ts';
import { terminals } from '../schema/index.ts';
import { limitProvider } from './hosts.ts';
import { requeueUnanswered } from './messages.ts';
import { type TerminalRow, terminalEvent } from './terminals.ts';

/** Trouble of the service with whoever asks: the same request by another CLI may well be answered. */
const REFUSED: readonly FailureKind[] = ['quota_exhausted', 'not_logged_in'];

/**
 * A turn ended because its CLI's service refused it. The host remembers that for a while; and where the profile names a
 * chain, the terminal is placed anew under the next epoch, with the next CLI that can run, and gets its unanswered
 * messages again. Nothing of the old conversation goes along: another CLI could not read it.
 * @returns whether another CLI takes over; the pane of the old epoch is then to be closed.
 */
export async function failOver(ledger: Ledger, row: TerminalRow, failure: Failure): Promise<boolean> {
  const { tx } = ledger;
  if (!REFUSED.includes(failure.kind) || !row.hostId) return false;
  await limitProvider(tx, row.hostId, row.provider, failure);
  if (row.providers.length < 2 || row.closing) return false;
  const reason = `${row.provider} is ${failureTable[failure.kind].title}: another of ${row.providers.join(', ')} takes over`;
  const [next] = await tx
    .update(terminals)
    .set({
      lifecycle: 'placing',
      epoch: sql`${terminals.epoch} + 1`,
      hostId: null,
      placedAt: null,
      tokenHash: null,
      pastedSeq: 0,
      nativeSessionId: sql`gen_random_uuid()::text`,
      resumes: null,
      status: 'starting',
      statusSource: 'none',
      statusEvidence: '',
      statusAt: sql`now()`,
      failure,
      reason,
    })
    .where(eq(terminals.id, row.id))
    .returning();
  await terminalEvent(tx, 'terminal.waiting', next!, { reason });
  await requeueUnanswered(tx, { id: row.id, session: row.sessionName });
  ledger.ring({ bell: 'place', hostId: null, id: row.id });
  return true;
}
