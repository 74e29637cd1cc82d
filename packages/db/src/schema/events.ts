import type { EventKind } from '@cao/contracts';
import { bigint, index, jsonb, pgTable, text } from '../drizzle.ts';
import { instant } from './columns.ts';

export const events = pgTable(
  'events',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: instant('at').notNull().defaultNow(),
    kind: text('kind').$type<EventKind>().notNull(),
    sessionName: text('session_name'),
    terminalId: text('terminal_id'),
    hostId: text('host_id'),
    taskId: text('task_id'),
    data: jsonb('data').$type<Record<string, unknown>>().notNull().default({}),
  },
  (t) => [index('events_session').on(t.sessionName, t.id)],
);
