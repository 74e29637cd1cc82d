import type { Failure } from '@cao/contracts';
import { and, eq, isNull, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { terminals } from '../schema/index.ts';
import { closeApprovals } from './approvals.ts';
import { requeueUnanswered } from './deliveries.ts';
import { isOpen, type TerminalRow, terminalEvent } from './terminals.ts';

export interface AnewOptions {
  /** Why, in words for people and for the agent itself. */
  readonly reason: string;
  readonly failure?: Failure;
  /** Its conversation lies on the host that it had, and goes on there; otherwise it begins a new one anywhere. */
  readonly resumesOn?: string;
  /** The host that it leaves, and that still can pack what it takes along. */
  readonly takesFrom?: { readonly id: string; readonly name: string };
}

/**
 * The terminal goes on in another pane, under the next epoch, and gets its unanswered messages again. Whatever the old pane
 * still says carries the old epoch and is refused; its token is worth nothing from now on. The pane itself is ended when
 * its host is next reconciled.
 */
export async function placeAnew(
  ledger: Ledger,
  row: TerminalRow,
  { reason, failure, resumesOn, takesFrom }: AnewOptions,
): Promise<void> {
  const { tx } = ledger;
  const conversation = conversationOf(row, resumesOn, takesFrom);
  const [next] = await tx
    .update(terminals)
    .set({
      ...conversation,
      lifecycle: 'placing',
      epoch: sql`${terminals.epoch} + 1`,
      hostId: null,
      placedAt: null,
      tokenHash: null,
      pastedSeq: 0,
      status: 'starting',
      statusSource: 'none',
      statusEvidence: '',
      statusAt: sql`now()`,
      failure: failure ?? null,
      reason,
      movedBecause: reason,
    })
    .where(and(eq(terminals.id, row.id), eq(terminals.epoch, row.epoch), isOpen, isNull(terminals.closing)))
    .returning();
  // Somebody ended it, or moved it, since the row was read.
  if (!next) return;
  await closeApprovals(tx, row, 'terminal_closed');
  await terminalEvent(tx, 'terminal.waiting', next, { reason });
  await requeueUnanswered(tx, { id: row.id, session: row.sessionName });
  ledger.ring({ bell: 'place', hostId: null, id: row.id });
  if (takesFrom) ledger.ring({ bell: 'checkpoint', hostId: takesFrom.id, id: row.id });
  else if (row.hostId) ledger.ring({ bell: 'reconcile', hostId: row.hostId, id: row.hostId });
}

/** Under an id of its own. */
export const newConversation = { nativeSessionId: sql`gen_random_uuid()::text`, resumes: null };

/** Which conversation goes on, and what is known of where. */
function conversationOf(
  row: TerminalRow,
  resumesOn: AnewOptions['resumesOn'],
  takesFrom: AnewOptions['takesFrom'],
) {
  if (resumesOn) return { wishHost: resumesOn, resumes: row.id, move: null };
  // A path of the old host means nothing on another one.
  const cwd = row.wishCwd;
  // It has not run since it was moved: what it takes along is the same.
  if (row.move && row.lifecycle === 'placing') return { cwd };
  if (!takesFrom) return { ...newConversation, cwd, move: null };
  const { id: host, name: hostName } = takesFrom;
  const move = { host, hostName, epoch: row.epoch, provider: row.provider, cwd: row.cwd, checkpoint: null };
  return { cwd, move };
}
