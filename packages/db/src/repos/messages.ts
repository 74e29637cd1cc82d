import { CaoError, type DeadReason, type MessageKind, type MessageView, sanitise } from '@cao/contracts';
import { newUuid } from '@cao/runtime';
import type { Db } from '../connect.ts';
import { and, asc, desc, eq, gt, inArray, isNull, lte, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { hosts, messages, terminals } from '../schema/index.ts';
import { appendEvent } from './events.ts';

export type MessageRow = typeof messages.$inferSelect;

export interface NewMessage {
  readonly terminalId: string;
  readonly kind: MessageKind;
  /** A terminal id, `user` or `system`. */
  readonly sender: string;
  readonly text: string;
  readonly taskId?: string | null;
  readonly idempotencyKey?: string | undefined;
}

const SYSTEM = 'system';
/** It waits, or lies in the pane without proof. Written out, so that a prepared plan knows the index of these few. */
const isUnsettled = sql`${messages.state} in ('queued', 'pasted')`;

/**
 * Puts a message into an inbox. The row lock on the terminal makes the order of commits the order of seq.
 * The same idempotency key of one sender is one message, whichever of two simultaneous calls comes first.
 * @throws CaoError not_found, gone (the terminal has ended), bad_request (nothing left after cleaning)
 */
export async function enqueue(ledger: Ledger, message: NewMessage): Promise<MessageRow> {
  const { tx } = ledger;
  const clean = sanitise(message.text);
  if (clean.text.length === 0)
    throw new CaoError('bad_request', 'text: a message may not be empty', { field: 'text' });
  const [terminal] = await tx
    .update(terminals)
    .set({ lastSeq: sql`${terminals.lastSeq} + 1` })
    .where(and(eq(terminals.id, message.terminalId), sql`lifecycle <> 'closed'`, isNull(terminals.closing)))
    .returning({ seq: terminals.lastSeq, hostId: terminals.hostId, session: terminals.sessionName });
  if (!terminal) throw await refusalFor(tx, message.terminalId);
  const [row] = await tx
    .insert(messages)
    .values({
      id: newUuid(),
      terminalId: message.terminalId,
      seq: terminal.seq,
      kind: message.kind,
      sender: message.sender,
      text: clean.text,
      sanitised: clean.sanitised,
      taskId: message.taskId ?? null,
      idempotencyKey: message.idempotencyKey ?? null,
    })
    .returning();
  await appendEvent(tx, {
    kind: 'message.queued',
    sessionName: terminal.session,
    terminalId: message.terminalId,
    taskId: message.taskId,
    data: {
      message_id: row!.id,
      seq: row!.seq,
      kind: row!.kind,
      sender: row!.sender,
      chars: row!.text.length,
    },
  });
  if (terminal.hostId) ledger.ring({ bell: 'mail', hostId: terminal.hostId, id: message.terminalId });
  return row!;
}

async function refusalFor(tx: Db, terminalId: string): Promise<CaoError> {
  const [row] = await tx
    .select({ reason: terminals.reason })
    .from(terminals)
    .where(eq(terminals.id, terminalId));
  if (!row)
    return new CaoError('not_found', `there is no terminal ${terminalId}`, { terminal_id: terminalId });
  return new CaoError('gone', `terminal ${terminalId} has ended${row.reason ? `: ${row.reason}` : ''}`, {
    terminal_id: terminalId,
  });
}

export async function findByIdempotencyKey(db: Db, sender: string, key: string): Promise<MessageRow | null> {
  const [row] = await db
    .select()
    .from(messages)
    .where(and(eq(messages.sender, sender), eq(messages.idempotencyKey, key)));
  return row ?? null;
}

export async function findMessage(db: Db, id: string): Promise<MessageRow | null> {
  const [row] = await db.select().from(messages).where(eq(messages.id, id));
  return row ?? null;
}

/** The inbox, newest first. */
export const inbox = (db: Db, terminalId: string, limit: number): Promise<MessageRow[]> =>
  db
    .select()
    .from(messages)
    .where(eq(messages.terminalId, terminalId))
    .orderBy(desc(messages.seq))
    .limit(limit);

/** The next message that is not settled yet: a pasted one whose proof is missing comes before any queued one. */
export async function nextOpen(db: Db, terminalId: string): Promise<MessageRow | null> {
  const [row] = await db
    .select()
    .from(messages)
    .where(and(eq(messages.terminalId, terminalId), isUnsettled))
    .orderBy(asc(messages.seq))
    .limit(1);
  return row ?? null;
}

/** What the delivery of a terminal's next open message goes by, in one look: most of them find that there is nothing to do. */
export async function nextMail(db: Db, terminalId: string) {
  const open = db
    .select({ id: messages.id, seq: messages.seq, state: messages.state, text: messages.text })
    .from(messages)
    .where(and(eq(messages.terminalId, terminalId), isUnsettled))
    .orderBy(asc(messages.seq))
    .limit(1)
    .as('open');
  const { id, epoch, hostId, lifecycle, closing, pastedSeq, sessionName } = terminals;
  const [found] = await db
    .select({
      row: { id, epoch, hostId, lifecycle, closing, pastedSeq, sessionName },
      message: { id: open.id, seq: open.seq, state: open.state, text: open.text },
      /** No message goes to its host meanwhile. */
      paused: sql<boolean>`coalesce(${hosts.mode} = 'paused' and coalesce(${hosts.modeUntil} > now(), true), false)`,
    })
    .from(terminals)
    .leftJoin(open, sql`true`)
    .leftJoin(hosts, eq(hosts.id, terminals.hostId))
    .where(eq(terminals.id, terminalId));
  return found ?? null;
}

/** The pane's cursor is at `seq`: every queued row up to it lies in the pane. */
export async function commitPasted(
  tx: Db,
  terminal: { id: string; epoch: number; session: string },
  seq: number,
): Promise<void> {
  const [own] = await tx
    .update(terminals)
    .set({ pastedSeq: sql`greatest(${terminals.pastedSeq}, ${seq})`, reason: null })
    .where(and(eq(terminals.id, terminal.id), eq(terminals.epoch, terminal.epoch)))
    .returning({ id: terminals.id });
  // A pane of an older epoch: what lies in it is nobody's any more.
  if (!own) return;
  const rows = await tx
    .update(messages)
    .set({ state: 'pasted', pastedAt: sql`now()` })
    .where(and(eq(messages.terminalId, terminal.id), eq(messages.state, 'queued'), lte(messages.seq, seq)))
    .returning();
  for (const row of rows) await messageEvent(tx, 'message.pasted', row, terminal.session);
}

/** The CLI took the prompt. Idempotent. @returns whether this call moved it. */
export async function commitAccepted(
  tx: Db,
  terminal: { id: string; epoch: number; session: string },
  seq: number,
): Promise<boolean> {
  const moved = await moveToAccepted(tx, terminal, seq);
  if (moved) return true;
  // The proof may come before the paste is committed.
  await commitPasted(tx, terminal, seq);
  return moveToAccepted(tx, terminal, seq);
}

async function moveToAccepted(
  tx: Db,
  terminal: { id: string; session: string },
  seq: number,
): Promise<boolean> {
  const [row] = await tx
    .update(messages)
    .set({ state: 'accepted', acceptedAt: sql`now()` })
    .where(and(eq(messages.terminalId, terminal.id), eq(messages.seq, seq), eq(messages.state, 'pasted')))
    .returning();
  if (row) await messageEvent(tx, 'message.accepted', row, terminal.session);
  return row !== undefined;
}

/** A turn ended: what was accepted before it has had its answer. */
export async function endTurnOfMessages(tx: Db, terminalId: string): Promise<void> {
  await tx
    .update(messages)
    .set({ endedAt: sql`now()` })
    .where(
      and(eq(messages.terminalId, terminalId), sql`${messages.state} = 'accepted'`, isNull(messages.endedAt)),
    );
}

/**
 * What the CLI of the last epoch had, and did not answer, is for the CLI of the next one.
 */
export async function requeueUnanswered(
  tx: Db,
  terminal: { id: string; session: string },
): Promise<MessageRow[]> {
  const rows = await tx
    .update(messages)
    .set({ state: 'queued', pastedAt: null, acceptedAt: null })
    .where(
      and(
        eq(messages.terminalId, terminal.id),
        inArray(messages.state, ['pasted', 'accepted']),
        isNull(messages.endedAt),
      ),
    )
    .returning();
  for (const row of rows.sort((a, b) => a.seq - b.seq))
    await messageEvent(tx, 'message.queued', row, terminal.session, { redelivered: true });
  return rows;
}

/** Messages that will never be accepted. Their senders are told in their inboxes; nobody is told of a dead system message. */
export async function killMessages(
  ledger: Ledger,
  which: { terminalId: string; session: string; seq?: number },
  reason: DeadReason,
  explanation: string,
): Promise<MessageRow[]> {
  const rows = await ledger.tx
    .update(messages)
    .set({ state: 'dead', reason, endedAt: sql`now()` })
    .where(
      and(
        eq(messages.terminalId, which.terminalId),
        isUnsettled,
        which.seq === undefined ? undefined : eq(messages.seq, which.seq),
      ),
    )
    .returning();
  for (const row of rows.sort((a, b) => a.seq - b.seq)) {
    await messageEvent(ledger.tx, 'message.dead', row, which.session, { reason });
    if (row.kind === SYSTEM || row.taskId !== null) continue; // a dead task prompt fails its task, which tells the requester
    await tell(
      ledger,
      row.sender,
      `[CAO: your message to terminal ${which.terminalId} was not delivered: ${explanation}]`,
    );
  }
  return rows;
}

/** A system message to a terminal, if it still lives; people read the event instead. */
export async function tell(
  ledger: Ledger,
  receiver: string,
  text: string,
  taskId: string | null = null,
): Promise<boolean> {
  const [alive] = await ledger.tx
    .select({ id: terminals.id })
    .from(terminals)
    .where(and(eq(terminals.id, receiver), sql`lifecycle <> 'closed'`, isNull(terminals.closing)));
  if (!alive) return false;
  await enqueue(ledger, { terminalId: receiver, kind: SYSTEM, sender: SYSTEM, text, taskId });
  return true;
}

/** Whether `sender` wrote to `receiver` after this moment. */
export async function hasWrittenSince(
  db: Db,
  sender: string,
  receiver: string,
  since: Date,
): Promise<boolean> {
  const rows = await db
    .select({ id: messages.id })
    .from(messages)
    .where(and(eq(messages.sender, sender), eq(messages.terminalId, receiver), gt(messages.createdAt, since)))
    .limit(1);
  return rows.length > 0;
}

/** Whether messages wait for it, or lie in its pane without proof. */
export async function hasMail(db: Db, terminalId: string): Promise<boolean> {
  const rows = await db
    .select({ id: messages.id })
    .from(messages)
    .where(and(eq(messages.terminalId, terminalId), isUnsettled))
    .limit(1);
  return rows.length > 0;
}

async function messageEvent(
  tx: Db,
  kind: 'message.queued' | 'message.pasted' | 'message.accepted' | 'message.dead',
  row: MessageRow,
  session: string,
  more: Record<string, unknown> = {},
): Promise<void> {
  await appendEvent(tx, {
    kind,
    sessionName: session,
    terminalId: row.terminalId,
    taskId: row.taskId,
    data: { message_id: row.id, seq: row.seq, kind: row.kind, sender: row.sender, ...more },
  });
}

export const toMessageView = (row: MessageRow): MessageView => ({
  id: row.id,
  terminal_id: row.terminalId,
  seq: row.seq,
  kind: row.kind,
  sender: row.sender,
  text: row.text,
  sanitised: row.sanitised,
  state: row.state,
  reason: row.reason,
  task_id: row.taskId,
  created_at: row.createdAt.toISOString(),
  pasted_at: row.pastedAt?.toISOString() ?? null,
  accepted_at: row.acceptedAt?.toISOString() ?? null,
  ended_at: row.endedAt?.toISOString() ?? null,
});
