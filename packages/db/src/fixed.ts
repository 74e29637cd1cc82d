import { PgDialect, Placeholder, type SQL, sql } from './drizzle.ts';

/** SQL: where a parameter of a fixed statement stands. */
export type Places<Values extends readonly unknown[]> = { readonly [N in keyof Values]: SQL };

/** More than any statement has. */
const PLACES = Array.from({ length: 8 }, (_, n) => sql`${sql.placeholder(String(n))}`);

/**
 * A statement whose text is always the same. It is put together once: done anew at each call, it was a tenth of what an api does.
 * @param compose the places may stand in it in any order, and several times
 * @returns makes the statement with these values in their places
 */
export function fixed<Values extends readonly unknown[]>(
  compose: (...places: Places<Values>) => SQL,
): (...values: Values) => SQL {
  const put = () => new PgDialect().sqlToQuery(compose(...(PLACES as unknown as Places<Values>)));
  let once: ReturnType<typeof put> | undefined;
  return (...values) => {
    once ??= put();
    const params = once.params.map((param) =>
      param instanceof Placeholder ? values[Number(param.name)] : param,
    );
    const query = { sql: once.sql, params };
    // All that the builder asks of a statement that is to be executed.
    const statement = { getSQL: () => statement, toQuery: () => query };
    return statement as unknown as SQL;
  };
}
