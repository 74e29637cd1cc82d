import type { SessionView } from '@cao/contracts';
import { pgTable, text } from '../drizzle.ts';
import { createdAt, instant } from './columns.ts';

export const sessions = pgTable('sessions', {
  name: text('name').primaryKey(),
  state: text('state', { enum: ['open', 'closing', 'closed'] })
    .notNull()
    .default('open'),
  onHostLost: text('on_host_lost').$type<SessionView['on_host_lost']>().notNull().default('fail'),
  conductorId: text('conductor_id'),
  createdAt: createdAt(),
  closedAt: instant('closed_at'),
});
