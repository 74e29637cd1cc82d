import type { Writable } from 'node:stream';
import { onePacket } from '@cao/runtime';
import type { ClientBase, QueryResult } from 'pg';

type Query = (config: { readonly text: string }, ...rest: readonly unknown[]) => Promise<QueryResult>;

const DONE: QueryResult = { command: 'BEGIN', rowCount: null, oid: 0, fields: [], rows: [] };

/**
 * Sends what is asked of a connection in one turn of the event loop in one packet: what a message passes through are small
 * transactions, and a packet to Postgres costs as much as the statement in it. `begin` is not waited for: it fails only with its
 * connection, and so does the statement behind it. For clients with `pipeline`: the others send nothing before the last answer is there.
 */
export function joinPackets(client: ClientBase): void {
  const query = client.query.bind(client) as Query;
  const { stream } = (client as ClientBase & { readonly connection: { readonly stream: Writable } })
    .connection;
  const hold = onePacket(stream);
  const joined: Query = (config, ...rest) => {
    hold();
    const answer = query(config, ...rest);
    if (!config.text?.startsWith('begin')) return answer;
    answer.catch(() => {});
    return Promise.resolve(DONE);
  };
  client.query = joined as ClientBase['query'];
}
