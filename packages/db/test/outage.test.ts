import { silentLogger } from '@cao/runtime';
import { expect, test } from 'vitest';
import { privatePostgres } from '../../../test/support/services.ts';
import { sql } from '../src/drizzle.ts';
import { connect, isOutage } from '../src/index.ts';

/** More than the pool has connections: one that is kept for ever would be missed. */
const AT_ONCE = 25;

test('when Postgres crashes under queries and transactions, each fails as an outage, and afterwards all go on', async () => {
  await using postgres = await privatePostgres();
  const database = connect({ url: postgres.url, log: silentLogger });
  const heard: (string | null)[] = [];
  let wake = () => {};
  const until = async (payload: string | null) => {
    while (!heard.includes(payload))
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };
  await database.listen('news', (payload) => {
    heard.push(payload);
    wake();
  });
  const work = [
    () => database.db.execute(sql`select ${1}::int`),
    () => database.db.execute(sql`select pg_sleep(0.01)`),
    () =>
      database.db.transaction(async (tx) => {
        await tx.execute(sql`select ${2}::int`);
        await tx.execute(sql`select pg_sleep(0.01)`);
      }),
  ];
  const failures: unknown[] = [];
  let crashing = true;
  const busy = Array.from({ length: AT_ONCE }, async (_, n) => {
    while (crashing) await work[n % work.length]!().catch((error: unknown) => failures.push(error));
  });

  for (const how of ['immediate', 'fast', 'immediate'] as const) {
    await postgres.stop(how);
    await postgres.start();
    heard.length = 0;
    await until(null);
  }
  crashing = false;
  await Promise.all(busy);

  expect(failures.length).toBeGreaterThan(AT_ONCE);
  expect(failures.filter((error) => !isOutage(error))).toEqual([]);
  await Promise.all(
    Array.from({ length: AT_ONCE }, () =>
      database.db.transaction((tx) => tx.execute(sql`select pg_sleep(0.05)`)),
    ),
  );
  await database.db.execute(sql`notify news, 'all is well'`);
  await until('all is well');
  await database.close();
});
