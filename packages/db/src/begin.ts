import type { Writable } from 'node:stream';
import type { ClientBase, QueryResult } from 'pg';

type Query = (config: { readonly text: string }, ...rest: readonly unknown[]) => Promise<QueryResult>;

const DONE: QueryResult = { command: 'BEGIN', rowCount: null, oid: 0, fields: [], rows: [] };

/**
 * Sends `begin` in one packet with the first statement behind it, and waits for neither: what a message passes through are small
 * transactions, and a packet to Postgres costs as much as the statement in it. `begin` fails only with its connection, and so does
 * that statement. For clients with `pipeline`: the others send nothing before the last answer is there.
 */
export function joinBegin(client: ClientBase): void {
  const query = client.query.bind(client) as Query;
  const { stream } = (client as ClientBase & { readonly connection: { readonly stream: Writable } })
    .connection;
  let held = false;
  const flush = () => {
    if (held) stream.uncork();
    held = false;
  };
  const joined: Query = (config, ...rest) => {
    if (!config.text?.startsWith('begin')) {
      const answer = query(config, ...rest);
      flush();
      return answer;
    }
    stream.cork();
    held = true;
    query(config, ...rest).catch(() => {});
    // A transaction that does something else first.
    setImmediate(flush);
    return Promise.resolve(DONE);
  };
  client.query = joined as ClientBase['query'];
}
