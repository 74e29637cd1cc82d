import type { TaskState } from '@cao/contracts';
import { index, pgTable, sql, text, uniqueIndex } from '../drizzle.ts';
import { createdAt, instant } from './columns.ts';
import { terminals } from './terminals.ts';

export const tasks = pgTable(
  'tasks',
  {
    id: text('id').primaryKey(),
    kind: text('kind', { enum: ['handoff', 'assign'] }).notNull(),
    sessionName: text('session_name').notNull(),
    requesterId: text('requester_id'),
    workerId: text('worker_id')
      .notNull()
      .references(() => terminals.id),
    agentProfile: text('agent_profile').notNull(),
    state: text('state').$type<TaskState>().notNull().default('running'),
    output: text('output'),
    reason: text('reason'),
    toolUseId: text('tool_use_id'),
    argsHash: text('args_hash').notNull(),
    deadlineAt: instant('deadline_at').notNull(),
    createdAt: createdAt(),
    endedAt: instant('ended_at'),
    /** A call waits for it: when its last long poll began. */
    waitedAt: instant('waited_at'),
    /** The answer of the call was written: a later call with the same arguments is a new task. */
    answeredAt: instant('answered_at'),
    /** The outcome reached the requester, by its call or as a message. */
    reportedAt: instant('reported_at'),
  },
  (t) => [
    uniqueIndex('tasks_tool_use').on(t.requesterId, t.toolUseId).where(sql`tool_use_id is not null`),
    index('tasks_worker').on(t.workerId),
    index('tasks_unanswered').on(t.requesterId).where(sql`answered_at is null`),
    index('tasks_unreported').on(t.requesterId).where(sql`reported_at is null`),
    index('tasks_running').on(t.deadlineAt).where(sql`state = 'running'`),
    index('tasks_session').on(t.sessionName),
  ],
);
