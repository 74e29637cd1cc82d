import { expect, test } from 'vitest';
import type { Db } from './connect.ts';
import { sql } from './drizzle.ts';
import { fixed } from './fixed.ts';
import { setHandle } from './handle.ts';

function aDatabase() {
  const asked: [string, unknown[]][] = [];
  const db = {} as Db;
  setHandle(db, {
    tell: () => {},
    async query(text, values) {
      asked.push([text, values]);
      return { rows: [] };
    },
  });
  return { db, asked };
}

test('a fixed statement is put together once, with each value wherever its place is', async () => {
  let times = 0;
  const update = fixed<unknown, [id: string, to: number]>((id, to) => {
    times++;
    return sql`update t set a = ${to}, b = ${'same'}, c = ${to} where id = ${id}`;
  });
  const { db, asked } = aDatabase();
  await update(db, 'x', 1);
  await update(db, 'y', 2);
  const text = 'update t set a = $1, b = $2, c = $3 where id = $4';
  expect(asked).toEqual([
    [text, [1, 'same', 1, 'x']],
    [text, [2, 'same', 2, 'y']],
  ]);
  expect(times).toBe(1);
});

test('a value may be null, and is never taken for SQL', async () => {
  const look = fixed<unknown, [id: string | null]>((id) => sql`select ${id}`);
  const { db, asked } = aDatabase();
  await look(db, null);
  await look(db, "'; drop table t");
  expect(asked).toEqual([
    ['select $1', [null]],
    ['select $1', ["'; drop table t"]],
  ]);
});
