import { type SQL, sql } from './drizzle.ts';

/**
 * Rows of ours in a statement: `from ${rowsOf('told', 'id text, seq bigint', told)}`. Postgres takes such a list for a hundred rows, and
 * would rather read a whole table than find some of its rows a hundred times; with a condition that each row meets it counts on one.
 * @param columns SQL: names and types; the names are keys of the rows.
 * @param rows SQL: where `asRows` of them stands
 */
export const rowsOf = (name: string, columns: string, rows: SQL): SQL =>
  sql`(select * from json_to_recordset(${rows}::json) ${sql.raw(`as ${name} (${columns}, is_row int) where is_row = 1) as ${name}`)}`;

/** The parameter of `rowsOf`. */
export const asRows = (rows: readonly object[]): string =>
  JSON.stringify(rows.map((row) => ({ ...row, is_row: 1 })));
