import { pgTable, text } from 'drizzle-orm/pg-core';
import { createdAt, instant } from './columns.ts';

export const sessions = pgTable('sessions', {
  name: text('name').primaryKey(),
  state: text('state', { enum: ['open', 'closing', 'closed'] })
    .notNull()
    .default('open'),
  conductorId: text('conductor_id'),
  createdAt: createdAt(),
  closedAt: instant('closed_at'),
});
