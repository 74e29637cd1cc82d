import type postgres from 'postgres';

type Unsafe = postgres.Sql['unsafe'];

/**
 * Has every statement with parameters prepared once per connection. The driver prepares its own tagged queries; those
 * of Drizzle come as text that is not to be prepared, and each of them is parsed and planned anew, and takes two round
 * trips, one to be described and one to run. A proxy in front of Postgres that cannot keep prepared statements is told by
 * `?prepare=false` in the database's URL, as the driver reads it.
 */
export function preparing(sql: postgres.Sql): postgres.Sql {
  const begin = sql.begin.bind(sql) as (
    ...args: [...options: string[], work: (tx: postgres.TransactionSql) => unknown]
  ) => Promise<unknown>;
  prepareTexts(sql);
  const beginPreparing = (...args: Parameters<typeof begin>) => {
    const work = args.at(-1) as (tx: postgres.TransactionSql) => unknown;
    const options = args.slice(0, -1) as string[];
    return begin(...options, (tx) => {
      prepareTexts(tx);
      return work(tx);
    });
  };
  return Object.assign(sql, { begin: beginPreparing as postgres.Sql['begin'] });
}

function prepareTexts(sql: { unsafe: Unsafe }): void {
  const unsafe = sql.unsafe;
  // Without parameters the simple protocol is used, which takes several statements at once, as migrations have them.
  const prepared = (text: string, args: Parameters<Unsafe>[1] = [], options: Parameters<Unsafe>[2] = {}) =>
    unsafe(text, args, args.length > 0 ? { ...options, prepare: true } : options);
  sql.unsafe = prepared as Unsafe;
}
