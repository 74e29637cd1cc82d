import { sql, timestamp } from '../drizzle.ts';

/** Only the database's clock counts; `clock_timestamp` would differ between rows of one transaction. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date', precision: 3 });
export const createdAt = () => instant('created_at').notNull().default(sql`now()`);
