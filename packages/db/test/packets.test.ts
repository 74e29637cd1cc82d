import { expect, it } from 'vitest';
import { sql } from '../src/drizzle.ts';
import { openDatabase } from './setup.ts';

const now = sql`select now()::text as now`;

it('a transaction is one although nobody waits for its begin, also where it does something else first', async () => {
  await using database = await openDatabase();
  const which = sql`select pg_current_xact_id()::text as id`;
  for (const first of [null, which]) {
    const ids = await database.db.transaction(async (tx) => {
      if (first) await database.db.execute(first); // by another connection
      const both = [await tx.execute<{ id: string }>(which), await tx.execute<{ id: string }>(which)];
      return both.map(({ rows }) => rows[0]?.id);
    });
    expect(ids[0]).toMatch(/^\d+$/);
    expect(ids[1]).toBe(ids[0]);
  }
});

it('what is refused in it is rolled back, and the connection is good for the next one', async () => {
  await using database = await openDatabase();
  await database.db.execute(sql`create table numbers (n int primary key)`);
  const add = (...all: number[]) =>
    database.db.transaction(async (tx) => {
      for (const n of all) await tx.execute(sql`insert into numbers values (${n})`);
    });
  await add(1);
  await expect(add(1)).rejects.toThrow();
  await expect(add(2, 1)).rejects.toThrow();
  await add(3);
  const { rows } = await database.db.execute(sql`select n from numbers order by n`);
  expect(rows.map(({ n }) => n)).toEqual([1, 3]);
});

it('a connection that breaks under it is an error for the caller, and the next one is another', async () => {
  await using database = await openDatabase();
  const broken = database.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_terminate_backend(pg_backend_pid())`);
    await tx.execute(now);
  });
  await expect(broken).rejects.toThrow();
  const { rows } = await database.db.transaction((tx) => tx.execute<{ n: number }>(sql`select 1 as n`));
  expect(rows).toEqual([{ n: 1 }]);
});
