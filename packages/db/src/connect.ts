import { CaoError } from '@cao/contracts';
import type { Logger } from '@cao/runtime';
import type { ExtractTablesWithRelations } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase, type PostgresJsTransaction } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { preparing } from './prepared.ts';
import * as schema from './schema/index.ts';

type Schema = typeof schema;
/** The database, or one transaction of it: repositories take either. */
export type Db =
  | PostgresJsDatabase<Schema>
  | PostgresJsTransaction<Schema, ExtractTablesWithRelations<Schema>>;

export interface Database {
  readonly db: PostgresJsDatabase<Schema>;
  /** Calls back with the payload of each notification, and with null after a reconnect: something may have been missed. */
  listen(channel: string, onPayload: (payload: string | null) => void): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly url: string;
  readonly log: Logger;
  /** Pool size; each process of ours is small. */
  readonly max?: number;
}

/** Units: seconds. A database that does not take a connection in this time is down for the caller. */
const CONNECT_TIMEOUT_S = 5;

export function connect(options: ConnectOptions): Database {
  const { url, host } = apartFromSocket(options.url);
  const sql = postgres(url, {
    max: options.max ?? 10,
    connect_timeout: CONNECT_TIMEOUT_S,
    // Quick at first: after a restart of Postgres everything waits for this. Units: seconds.
    backoff: (retries) => Math.min(0.05 * 2 ** retries, 2),
    onnotice: () => {},
    ...(host ? { host } : {}),
  });
  const db = drizzle(preparing(sql), { schema });
  return {
    db,
    async listen(channel, onPayload) {
      let first = true;
      await sql.listen(channel, onPayload, () => {
        if (!first) onPayload(null);
        first = false;
      });
    },
    async ping() {
      try {
        await sql`select 1`;
      } catch (cause) {
        throw new CaoError(
          'unavailable',
          `the database does not answer (${(cause as Error).message})`,
          {},
          { cause },
        );
      }
    },
    close: () => sql.end({ timeout: 5 }),
  };
}

/** `postgres://user:pw@localhost/db?host=/dir` names a Unix socket folder, as libpq reads it; postgres.js wants it apart. */
function apartFromSocket(given: string): { url: string; host: string | null } {
  const url = new URL(given);
  const host = url.searchParams.get('host');
  url.searchParams.delete('host');
  return { url: url.href, host: host?.startsWith('/') ? host : null };
}

/** SQLSTATE classes that mean "not now": connection, shutdown, too many connections, serialization, deadlock. */
const TRANSIENT = /^(08|57P|53|40)|^(CONNECT|ECONN|ENOENT|EPIPE|CONNECTION_)/;

/** Whether the cause is an outage (answered 503, tried again) rather than a defect. */
export const isOutage = (error: unknown): boolean =>
  causes(error).some(({ code }) => typeof code === 'string' && TRANSIENT.test(code));

/** Whether a unique index refused the row. */
export const isDuplicate = (error: unknown): boolean => hasSqlState(error, '23505');

export const hasSqlState = (error: unknown, state: string): boolean =>
  causes(error).some(({ code }) => code === state);

/** Drizzle wraps the driver's error, which has the code. */
function causes(error: unknown): { code?: unknown }[] {
  const chain: { code?: unknown }[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) chain.push(at as { code?: unknown });
  return chain;
}
