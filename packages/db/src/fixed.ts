import type { Db } from './connect.ts';
import { PgDialect, Placeholder, type SQL, sql } from './drizzle.ts';
import { handleOf } from './handle.ts';

/** SQL: where the values of a fixed statement stand. */
export type Places<Values extends readonly unknown[]> = { readonly [N in keyof Values]: SQL };

/** More than any statement has. */
const PLACES = Array.from({ length: 8 }, (_, n) => sql`${sql.placeholder(String(n))}`);

/**
 * A statement whose text is always the same. It is put together once, and asked of the driver itself: the query builder's work at each
 * call was a tenth of what an api does.
 * @param compose the places may stand in it in any order, and several times
 * @returns executes it with these values; resolves to its rows, as the driver has them.
 */
export function fixed<Row, Values extends readonly unknown[]>(
  compose: (...places: Places<Values>) => SQL,
): (db: Db, ...values: Values) => Promise<Row[]> {
  const put = () => new PgDialect().sqlToQuery(compose(...(PLACES as unknown as Places<Values>)));
  let once: ReturnType<typeof put> | undefined;
  return async (db, ...values) => {
    once ??= put();
    const params = once.params.map((param) =>
      param instanceof Placeholder ? values[Number(param.name)] : param,
    );
    const { rows } = await handleOf(db).query(once.sql, params);
    return rows as Row[];
  };
}
