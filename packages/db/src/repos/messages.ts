import { CaoError, type DeadReason, type MessageKind, type MessageView, sanitise } from '@cao/contracts';
import { newUuid } from '@cao/runtime';
import type { Db } from '../connect.ts';
import { and, desc, eq, gt, isNull, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { messages, terminals } from '../schema/index.ts';
import { changeWithEvents } from './events.ts';
import { changeOf, isUnsettled, MESSAGE_COLUMNS, MESSAGE_DATA, messageEvent } from './message-events.ts';

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

/**
 * Puts a message into an inbox, with one statement. The row lock on the terminal makes the order of commits the order of seq.
 * The same idempotency key of one sender is one message, whichever of two simultaneous calls comes first.
 * @throws CaoError not_found, gone (the terminal has ended), bad_request (nothing left after cleaning)
 */
export async function enqueue(ledger: Ledger, message: NewMessage): Promise<MessageRow> {
  const { tx } = ledger;
  const { text, sanitised } = sanitise(message.text);
  if (text.length === 0)
    throw new CaoError('bad_request', 'text: a message may not be empty', { field: 'text' });
  const { terminalId, kind, sender, taskId = null, idempotencyKey = null } = message;
  const id = newUuid();
  const stored = await changeWithEvents<{ seq: number; created_at: string; host_id: string | null }>(
    tx,
    sql`receiver as (
      update terminals set last_seq = last_seq + 1
      where id = ${terminalId} and lifecycle <> 'closed' and closing is null
      returning id, last_seq, host_id, session_name
    ),
    changed as (
      insert into messages (id, terminal_id, seq, kind, sender, text, sanitised, task_id, idempotency_key)
      select ${id}::uuid, id, last_seq, ${kind}, ${sender}, ${text}, ${sanitised}::boolean, ${taskId}, ${idempotencyKey}
      from receiver
      returning ${MESSAGE_COLUMNS}, created_at, (select host_id from receiver), (select session_name from receiver)
    )`,
    {
      ...changeOf('message.queued', sql`session_name`),
      data: sql`${MESSAGE_DATA} || jsonb_build_object('chars', ${text.length}::int)`,
    },
  );
  if (!stored) throw await refusalFor(tx, terminalId);
  if (stored.host_id) ledger.ring({ bell: 'mail', hostId: stored.host_id, id: terminalId });
  return {
    id,
    terminalId,
    seq: stored.seq,
    kind,
    sender,
    text,
    sanitised,
    state: 'queued',
    reason: null,
    taskId,
    idempotencyKey,
    createdAt: new Date(stored.created_at),
    pastedAt: null,
    acceptedAt: null,
    endedAt: null,
  };
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
