import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BackendFactory,
  type PgPool,
  type PgPoolClient,
  type PgQueryable,
  PostgresConnection,
  type PostgresConnectionOptions,
  PostgresQueueBackend,
  Queue,
  quoteSchemaName,
  runMigrations,
} from 'bullmq';
import { Client, type ClientConfig, Pool, type QueryResultRow } from 'pg';
import type { Backend, BellQueue, BellWorker } from './backend.ts';
import { postgresListener } from './postgres-listener.ts';
import { asOutage, isOutage } from './postgres-outage.ts';
import { QueueWorker } from './queue-worker.ts';
import { OPEN_DEADLINE_MS, OPEN_RETRY_MS, OUTAGE_RETRY_MS, SILENT_PEER_MS } from './timing.ts';

/** Rings and workers share them: a bell costs three short queries, and 100 connections are a server's default. */
const POOL_MAX = 4;
/** Longer than any query of a queue; a connection that hangs is thrown away then. */
const QUERY_TIMEOUT_MS = SILENT_PEER_MS;
/** A local server takes microseconds, a remote one some ten milliseconds. */
const CONNECT_TIMEOUT_MS = 2_000;

/**
 * At most five connections per process, however many queues and workers it has: a pool of four and one that listens.
 * Runs the library's migrations first, under its advisory lock: several processes may start at the same moment.
 */
export async function postgresBackend(
  url: string,
  schema: string,
  onError: (cause: Error) => void,
): Promise<Backend> {
  const config: ClientConfig = {
    connectionString: url,
    // A bell is a hint: losing the last ones with the machine is cheaper than a disk sync for each.
    options: `-c search_path=${quoteSchemaName(schema)} -c synchronous_commit=off`,
    application_name: 'cao-queue',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
  };
  await migrate(config, schema);
  const pool = new Pool({ ...config, max: POOL_MAX });
  pool.on('error', (cause) => onError(asOutage(cause)));
  const listener = postgresListener(config);
  const closing = new AbortController();

  const query: PgQueryable['query'] = async <R>(text: string, params?: readonly unknown[]) => {
    try {
      return await pool.query<R & QueryResultRow>(text, params as unknown[]);
    } catch (cause) {
      throw asOutage(cause);
    }
  };
  // The library keeps the outcome of a connection's first look at the schema for ever: it may not be an outage.
  const patientQuery: PgQueryable['query'] = async (text, params) => {
    for (;;) {
      try {
        return await query(text, params);
      } catch (cause) {
        if (!isOutage(cause)) throw cause;
        onError(cause as Error);
        await sleep(OUTAGE_RETRY_MS, undefined, { signal: closing.signal });
      }
    }
  };
  /** What the library takes for a pool of its own, on top of ours. Ends nothing: the backend does. */
  const facade: PgPool & { options: { keepAlive: true } } = {
    options: { keepAlive: true },
    query,
    connect: async (): Promise<PgPoolClient> => listener.subscriber(patientQuery),
    end: async () => {},
    on: () => facade,
    removeAllListeners: () => facade,
  };
  const factory: BackendFactory<PostgresQueueBackend, PostgresConnectionOptions> = (name, options) => {
    // Given a pool, the library assumes its default schema.
    const connection = Object.assign(new PostgresConnection(facade), { schema });
    return new PostgresQueueBackend(connection, name, options);
  };
  return {
    where: `Postgres at ${withoutPassword(url)}`,
    queue(name, onQueueError): BellQueue {
      const queue = new Queue(name, { connection: facade }, factory);
      queue.on('error', onQueueError);
      return queue;
    },
    worker: (name, processor, options) =>
      new QueueWorker<PostgresQueueBackend, PostgresConnectionOptions>(
        name,
        processor,
        { ...options, connection: facade },
        factory,
      ) as unknown as BellWorker,
    cut() {
      // Nothing to cut: an outage ends each of its queries by itself.
    },
    // Several replicas have Redis; without it a bell alone tells the others.
    tell: async () => {},
    hear() {},
    inspect: async () => [], // its tables came with the migrations: nothing is left to be set up
    ping: async () => void (await query('SELECT 1')),
    async close() {
      closing.abort();
      await Promise.all([listener.close(), pool.end()]);
    },
  };
}

/** Waits for a server that is starting; any other failure is the caller's. */
async function migrate(config: ClientConfig, schema: string): Promise<void> {
  const until = performance.now() + OPEN_DEADLINE_MS;
  for (;;) {
    try {
      return await migrateOnce(config, schema);
    } catch (cause) {
      const error = asOutage(cause);
      if (!isOutage(error) || performance.now() > until) throw error;
      await sleep(OPEN_RETRY_MS);
    }
  }
}

async function migrateOnce(config: ClientConfig, schema: string): Promise<void> {
  const client = new Client(config);
  // Without a listener a connection that breaks between two queries would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await runMigrations(client, schema);
  } finally {
    await client.end().catch(() => {});
  }
}

const withoutPassword = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');
