import type { Checkpoint, Failure } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, eq, isNotNull, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { checkpointParts, terminals } from '../schema/index.ts';
import type { Move } from '../schema/terminals.ts';
import { newConversation, placeAnew } from './place-anew.ts';
import { isPlacing } from './placement.ts';
import type { TerminalRow } from './terminals.ts';

/** A host that has not given by then what a terminal takes along is not waited for. Units: seconds. */
const GIVEN_WITHIN_S = 60;
/** Parts of a move that came to nothing. Units: hours. */
const PARTS_STAY_H = 1;

const isAsked = sql`jsonb_typeof(${terminals.move} -> 'checkpoint') = 'null'`;

/** Terminals that left one of these hosts, which has not told yet what they take along. */
export async function movesFrom(db: Db, hostIds: readonly string[]): Promise<{ id: string; from: string }[]> {
  const from = sql<string>`${terminals.move} ->> 'host'`;
  return db
    .select({ id: terminals.id, from })
    .from(terminals)
    .where(
      and(isPlacing, isNotNull(terminals.move), isAsked, sql`${from} = any(${sql.param(hostIds)}::text[])`),
    );
}

/** Its old host has had its time. */
export async function isMoveOverdue(db: Db, id: string): Promise<boolean> {
  const [row] = await db
    .select({ over: sql<boolean>`${terminals.statusAt} < now() - make_interval(secs => ${GIVEN_WITHIN_S})` })
    .from(terminals)
    .where(eq(terminals.id, id));
  return row?.over ?? false;
}

/**
 * What it takes along lies here, or nothing comes: whoever starts it is rung. Idempotent; once decided it stays. A conversation
 * that does not come along is another one from now on.
 */
export async function setCheckpoint(
  ledger: Ledger,
  row: TerminalRow & { move: Move },
  checkpoint: Checkpoint,
): Promise<void> {
  const [set] = await ledger.tx
    .update(terminals)
    .set({
      move: { ...row.move, checkpoint },
      ...(checkpoint.conversation ? { resumes: row.id } : newConversation),
    })
    .where(and(eq(terminals.id, row.id), isPlacing, isAsked))
    .returning({ hostId: terminals.hostId });
  if (set?.hostId) ledger.ring({ bell: 'start', hostId: set.hostId, id: row.id });
}

/** Its conversation came along and cannot go on there, for this reason. */
export async function dropConversation(
  tx: Db,
  row: TerminalRow & { move: Move },
  why: string,
): Promise<void> {
  const told = row.move.checkpoint;
  const checkpoint = told && { ...told, conversation: false, note: `${told.note}; it cannot go on: ${why}` };
  await tx
    .update(terminals)
    .set({ ...newConversation, move: { ...row.move, checkpoint, provider: row.provider } })
    .where(and(eq(terminals.id, row.id), eq(terminals.epoch, row.epoch), isPlacing));
}

/**
 * Its CLI ended before it was ready, in a pane that was to go on with its conversation: it may not have found it, or not have
 * understood it (another directory, another version). It begins anew then, and is not lost for it. @returns whether it does.
 */
export async function goOnWithoutConversation(
  ledger: Ledger,
  row: TerminalRow,
  failure: Failure | null,
): Promise<boolean> {
  if (row.resumes !== row.id || row.status !== 'starting' || row.closing) return false;
  const reason = `${row.provider} could not go on with its conversation`;
  await placeAnew(ledger, { ...row, move: null }, { reason, ...(failure ? { failure } : {}) });
  return true;
}

/** @param part.data base64 */
export async function keepCheckpointPart(
  db: Db,
  part: { readonly terminalId: string; readonly from: number; readonly data: string },
): Promise<void> {
  await db
    .insert(checkpointParts)
    .values(part)
    .onConflictDoUpdate({
      target: [checkpointParts.terminalId, checkpointParts.from],
      set: { data: part.data, createdAt: sql`now()` },
    });
}

/** @returns base64; null when it is not there. */
export async function checkpointPart(db: Db, terminalId: string, from: number): Promise<string | null> {
  const [part] = await db
    .select({ data: checkpointParts.data })
    .from(checkpointParts)
    .where(and(eq(checkpointParts.terminalId, terminalId), eq(checkpointParts.from, from)));
  return part?.data ?? null;
}

/** It runs again, so nobody needs them. */
export async function dropCheckpointParts(tx: Db, terminalId: string): Promise<void> {
  await tx.delete(checkpointParts).where(eq(checkpointParts.terminalId, terminalId));
}

/** Of terminals that ended on their way. */
export async function dropOldCheckpointParts(db: Db): Promise<void> {
  await db
    .delete(checkpointParts)
    .where(sql`${checkpointParts.createdAt} < now() - make_interval(hours => ${PARTS_STAY_H})`);
}
