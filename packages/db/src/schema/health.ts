import { integer, pgTable } from '../drizzle.ts';
import { instant } from './columns.ts';

/**
 * One row: since when Postgres, a scheduler and at least one replica have been healthy without a break, as far as a scheduler
 * saw it. Who was not well himself may not call a host lost.
 */
export const health = pgTable('health', {
  id: integer('id').primaryKey(),
  since: instant('since').notNull().defaultNow(),
  seenAt: instant('seen_at').notNull().defaultNow(),
  /** How long a host may be away before it is given up: the schedulers' setting, for everybody. Units: seconds. */
  giveUpAfterS: integer('give_up_after_s').notNull(),
});
