import { expect, it } from 'vitest';
import { sql } from '../src/drizzle.ts';
import { findTerminal } from '../src/index.ts';
import { openDatabase } from './setup.ts';

it('prepares a statement once per connection and uses it again, also within transactions', async () => {
  await using database = await openDatabase();
  await database.db.transaction(async (tx) => {
    for (let n = 0; n < 3; n++) await findTerminal(tx, 'ab000002');
    const prepared = await tx.execute(
      sql`select generic_plans + custom_plans as uses from pg_prepared_statements where statement like '%from "terminals"%'`,
    );
    expect(prepared.rows.map(({ uses }) => Number(uses))).toEqual([3]);
  });
});
