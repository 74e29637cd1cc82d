import { silentLogger } from '@cao/runtime';
import { expect, it } from 'vitest';
import { freshDatabase } from '../../../test/support/services.ts';
import { sql } from '../src/drizzle.ts';
import { connect } from '../src/index.ts';

it('whoever waits for a connection that others use gets it in the end, and no error', async () => {
  await using fresh = await freshDatabase();
  const database = connect({ url: fresh.url, log: silentLogger, max: 1 });
  // Longer than a connection may take.
  const busy = database.db.execute(sql`select pg_sleep(6)`);
  const { rows } = await database.db.execute<{ n: number }>(sql`select 1 as n`);
  expect(rows).toEqual([{ n: 1 }]);
  await busy;
  await database.close();
});
