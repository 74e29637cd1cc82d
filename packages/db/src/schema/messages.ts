import type { DeadReason, MessageKind, MessageState } from '@cao/contracts';
import { bigint, boolean, index, pgTable, sql, text, uniqueIndex, uuid } from '../drizzle.ts';
import { createdAt, instant } from './columns.ts';

export const messages = pgTable(
  'messages',
  {
    id: uuid('id').primaryKey(),
    /** No foreign key: the one statement that inserts holds the lock of the terminal's row, and none of those is ever deleted. */
    terminalId: text('terminal_id').notNull(),
    seq: bigint('seq', { mode: 'number' }).notNull(),
    kind: text('kind').$type<MessageKind>().notNull(),
    sender: text('sender').notNull(),
    text: text('text').notNull(),
    sanitised: boolean('sanitised').notNull().default(false),
    state: text('state').$type<MessageState>().notNull().default('queued'),
    reason: text('reason').$type<DeadReason>(),
    taskId: text('task_id'),
    idempotencyKey: text('idempotency_key'),
    createdAt: createdAt(),
    pastedAt: instant('pasted_at'),
    acceptedAt: instant('accepted_at'),
    endedAt: instant('ended_at'),
  },
  (t) => [
    uniqueIndex('messages_terminal_seq').on(t.terminalId, t.seq),
    uniqueIndex('messages_idempotency')
      .on(t.sender, t.idempotencyKey)
      .where(sql`idempotency_key is not null`),
    index('messages_unanswered').on(t.terminalId).where(sql`state = 'accepted' and ended_at is null`),
    index('messages_open').on(t.terminalId, t.seq).where(sql`state in ('queued', 'pasted')`),
  ],
);
