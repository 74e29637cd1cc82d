import { integer, pgTable, text, uniqueIndex } from '../drizzle.ts';
import { createdAt } from './columns.ts';

/** What terminals on their way to another host take along; gone once they run again. */
export const checkpointParts = pgTable(
  'checkpoint_parts',
  {
    terminalId: text('terminal_id').notNull(),
    /** Where it begins in the archive. Units: bytes. */
    from: integer('from').notNull(),
    /** Base64, as the link carries it. */
    data: text('data').notNull(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('checkpoint_parts_from').on(t.terminalId, t.from)],
);
