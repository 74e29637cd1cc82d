import { pgTable, text } from '../drizzle.ts';
import { instant } from './columns.ts';

export const profiles = pgTable('profiles', {
  name: text('name').primaryKey(),
  content: text('content').notNull(),
  updatedAt: instant('updated_at').notNull().defaultNow(),
});
