import type { ClientBase, QueryConfig } from 'pg';

type Query = (config: QueryConfig, ...rest: readonly unknown[]) => unknown;

const names = new Map<string, string>();

/** One name per text, for all connections of this process. */
const nameOf = (text: string): string => {
  const name = names.get(text) ?? `cao_${names.size}`;
  names.set(text, name);
  return name;
};

/**
 * Has every statement with parameters prepared once per connection: Drizzle gives its statements no names, and each of
 * them would be parsed and planned anew. Without parameters the simple protocol is used, which takes several statements
 * at once, as migrations have them.
 */
export function prepareStatements(client: ClientBase): void {
  const query = client.query.bind(client) as Query;
  const prepared: Query = (config, values, ...rest) =>
    Array.isArray(values) && values.length > 0
      ? query({ ...config, name: nameOf(config.text) }, values, ...rest)
      : query(config, values, ...rest);
  client.query = prepared as ClientBase['query'];
}
