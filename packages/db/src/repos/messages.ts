import { CaoError, type DeadReason, type MessageKind, type MessageView, sanitise } from '@cao/contracts';
import { ALONE, newUuid } from '@cao/runtime';
import type { Db } from '../connect.ts';
import { and, desc, eq, gt, isNull, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { asRows, rowsOf } from '../rows-of.ts';
import { messages, terminals } from '../schema/index.ts';
import { PAUSED } from './deliveries.ts';
import { changeWithEvents } from './events.ts';
import { changeOf, isUnsettled, MESSAGE_COLUMNS, MESSAGE_DATA, messageEvent } from './message-events.ts';
import type { TerminalRow } from './terminals.ts';

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
  const [stored] = await store(ledger, [cleanOf(message)], insertOne);
  if (!stored) throw await refusalFor(ledger.tx, message.terminalId);
  return stored;
}

/**
 * The same for several messages at once. With several terminals locked nobody is waited for: what goes to one that somebody else has
 * locked, or that takes no message, is left alone.
 * @returns of each, in their order: what was stored, or `ALONE`. @throws when one of them breaks a rule, such as a key that is taken:
 * then nothing is stored.
 */
export async function enqueueAll(
  ledger: Ledger,
  messages: readonly NewMessage[],
): Promise<(MessageRow | typeof ALONE)[]> {
  const clean = messages.map(cleanOf);
  const stored = await store(ledger, clean, insertAll);
  const byId = new Map(stored.map((row) => [row.id, row]));
  return clean.map(({ id }) => byId.get(id) ?? ALONE);
}

const SENT = `id uuid, nth int, "terminalId" text, kind text, sender text, text text, sanitised boolean, "taskId" text,
  "idempotencyKey" text, chars int`;

type CleanMessage = Pick<
  MessageRow,
  'id' | 'terminalId' | 'kind' | 'sender' | 'text' | 'sanitised' | 'taskId' | 'idempotencyKey'
>;

function cleanOf(message: NewMessage): CleanMessage {
  const { terminalId, kind, sender, taskId = null, idempotencyKey = null } = message;
  const { text, sanitised } = sanitise(message.text);
  if (text.length === 0)
    throw new CaoError('bad_request', 'text: a message may not be empty', { field: 'text' });
  return { id: newUuid(), terminalId, kind, sender, text, sanitised, taskId, idempotencyKey };
}

/** @returns those whose terminal takes messages. */
async function store(
  ledger: Ledger,
  sent: readonly CleanMessage[],
  insert: ReturnType<typeof inserting>,
): Promise<MessageRow[]> {
  const told = sent.map((message, nth) => ({ ...message, nth, chars: message.text.length }));
  const stored = await insert(ledger.tx, asRows(told));
  const byId = new Map(sent.map((message) => [message.id, message]));
  return stored.map(({ message_id, seq, created_at, is_next, paused, ...terminal }) => {
    const message = { ...byId.get(message_id)!, seq, state: 'queued' as const };
    const { host_id: hostId, pasted_seq: pastedSeq, session_name: sessionName, ...more } = terminal;
    const row = { ...more, hostId, pastedSeq, sessionName, id: message.terminalId, closing: null };
    if (hostId) ledger.ring({ bell: 'mail', hostId, id: row.id }, is_next ? { row, message, paused } : null);
    return {
      ...message,
      reason: null,
      createdAt: new Date(created_at),
      pastedAt: null,
      acceptedAt: null,
      endedAt: null,
    };
  });
}

interface Stored {
  readonly message_id: string;
  readonly seq: number;
  readonly created_at: string;
  /** All before it are in the pane and proven, or dead. */
  readonly is_next: boolean;
  readonly paused: boolean;
  readonly epoch: number;
  readonly lifecycle: TerminalRow['lifecycle'];
  readonly host_id: string | null;
  readonly pasted_seq: number;
  readonly session_name: string;
}
const TERMINAL = sql.raw('epoch, lifecycle, host_id, pasted_seq, session_name');

/** @param locked SQL: what becomes of a terminal that somebody else has locked. */
const inserting = (locked: string) =>
  changeWithEvents<Stored, [sent: string]>((sent) => ({
    ...changeOf('message.queued', sql.raw('session_name')),
    data: sql`${MESSAGE_DATA} || jsonb_build_object('chars', chars)`,
    orderBy: sql.raw('terminal_id, seq'),
    change: sql`sent as (
      select * from ${rowsOf('sent', SENT, sent)}
    ),
    receiver as (
      select terminals.id, last_seq, ${TERMINAL}, ${PAUSED},
        pasted_seq = last_seq and not exists (select 1 from messages where terminal_id = terminals.id and ${isUnsettled}) as is_done
      from terminals left join hosts on hosts.id = host_id
      where terminals.id in (select "terminalId" from sent) and lifecycle <> 'closed' and closing is null
      for no key update of terminals ${sql.raw(locked)}
    ),
    numbered as (
      select sent.*, ${TERMINAL}, paused, is_done, last_seq,
        last_seq + row_number() over (partition by receiver.id order by nth) as seq
      from sent join receiver on receiver.id = sent."terminalId"
    ),
    counted as (
      update terminals set last_seq = last.seq
      from (select "terminalId", max(seq) as seq from numbered group by "terminalId") as last
      where terminals.id = last."terminalId"
    ),
    inserted as (
      insert into messages (id, terminal_id, seq, kind, sender, text, sanitised, task_id, idempotency_key)
      select id, "terminalId", seq, kind, sender, text, sanitised, "taskId", "idempotencyKey" from numbered
      returning ${MESSAGE_COLUMNS}, created_at
    ),
    changed as (
      select inserted.*, chars, paused, ${TERMINAL}, is_done and numbered.seq = last_seq + 1 as is_next
      from inserted join numbered on numbered.id = inserted.message_id
    )`,
    returning: sql`message_id, seq, created_at, is_next, paused, ${TERMINAL}`,
  }));
const insertOne = inserting('');
const insertAll = inserting('skip locked');

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
