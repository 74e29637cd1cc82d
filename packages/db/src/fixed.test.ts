import { expect, test } from 'vitest';
import { PgDialect, sql } from './drizzle.ts';
import { fixed } from './fixed.ts';

const dialect = new PgDialect();

test('a fixed statement is put together once, with each value wherever its place is', () => {
  let times = 0;
  const update = fixed<[id: string, to: number]>((id, to) => {
    times++;
    return sql`update t set a = ${to}, b = ${'same'}, c = ${to} where id = ${id}`;
  });
  const text = 'update t set a = $1, b = $2, c = $3 where id = $4';
  expect(dialect.sqlToQuery(update('x', 1))).toEqual({ sql: text, params: [1, 'same', 1, 'x'] });
  expect(dialect.sqlToQuery(update('y', 2))).toEqual({ sql: text, params: [2, 'same', 2, 'y'] });
  expect(times).toBe(1);
});

test('a value may be null, and is never taken for SQL', () => {
  const look = fixed<[id: string | null]>((id) => sql`select ${id}`);
  expect(dialect.sqlToQuery(look(null)).params).toEqual([null]);
  expect(dialect.sqlToQuery(look("'; drop table t"))).toEqual({
    sql: 'select $1',
    params: ["'; drop table t"],
  });
});
