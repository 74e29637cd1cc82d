import type { ApprovalDecision, ApprovalEnd, ApprovalState, Json } from '@cao/contracts';
import { boolean, index, integer, jsonb, pgTable, sql, text, uniqueIndex, uuid } from '../drizzle.ts';
import { createdAt, instant } from './columns.ts';
import { hosts } from './hosts.ts';
import { terminals } from './terminals.ts';

export const approvals = pgTable(
  'approvals',
  {
    /** Given by the host. */
    id: uuid('id').primaryKey(),
    terminalId: text('terminal_id')
      .notNull()
      .references(() => terminals.id),
    epoch: integer('epoch').notNull(),
    sessionName: text('session_name').notNull(),
    hostId: text('host_id')
      .notNull()
      .references(() => hosts.id),
    tool: text('tool').notNull(),
    input: jsonb('input').$type<Json>().notNull(),
    inputCut: boolean('input_cut').notNull(),
    state: text('state').$type<ApprovalState>().notNull().default('open'),
    /** What somebody decided; the host still has to tell the CLI while the state is open. */
    decision: text('decision').$type<ApprovalDecision>(),
    answeredBy: text('answered_by'),
    reason: text('reason').$type<ApprovalEnd>(),
    createdAt: createdAt(),
    answeredAt: instant('answered_at'),
    closedAt: instant('closed_at'),
  },
  (t) => [
    uniqueIndex('approvals_open').on(t.terminalId, t.epoch).where(sql`state = 'open'`),
    index('approvals_session').on(t.sessionName, t.createdAt),
    index('approvals_terminal').on(t.terminalId, t.createdAt),
  ],
);
