import { setTimeout as pause } from 'node:timers/promises';
import { CaoError } from '@cao/contracts';
import type { Logger } from '@cao/runtime';
import { Client, type ClientConfig, Pool, type PoolClient } from 'pg';
import { type Announcer, announcer } from './announce.ts';
import { drizzle, type NodePgDatabase } from './drizzle.ts';
import { setHandle } from './handle.ts';
import { type Listener, listener } from './listen.ts';
import { joinPackets } from './packets.ts';
import { prepareStatements } from './prepared.ts';

/** Where committed events are told. */
export const EVENT_CHANNEL = 'cao_event';

/** The database, or one transaction of it: repositories take either. */
export type Db = NodePgDatabase;

export interface Database {
  readonly db: Db;
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

/** A database that does not give a connection in this time is down for the caller. Units: ms. */
const CONNECT_TIMEOUT_MS = 5_000;
/** In a rush whoever waits for a free one of its connections gets it when it is his turn, and not an error. Units: ms. */
const TURN_MS = 30_000;
/** What is under way when the process stops gets this long. Units: ms. */
const CLOSE_MS = 5_000;

export function connect(options: ConnectOptions): Database {
  const { log } = options;
  const { config, prepare } = configOf(options.url);
  // Kept when idle: a new one costs a message some ten milliseconds.
  const pool = new Pool({
    ...config,
    Client: PromptClient,
    connectionTimeoutMillis: TURN_MS,
    pipeline: true,
    max: options.max ?? 10,
    idleTimeoutMillis: 0,
  });
  pool.on('error', (error) => log.debug({ err: error }, 'an idle connection to Postgres was lost'));
  pool.on('connect', (client) => {
    // Also while somebody has it: an error that nobody listens to would end the process.
    client.on('error', () => {});
    if (prepare) prepareStatements(client);
    joinPackets(client);
  });
  const events = announcer({ ...config, Client: PromptClient }, EVENT_CHANNEL, log);
  const db = Object.assign(drizzle(pool), { transaction: transactionsIn(pool, events) });
  setHandle(db, {
    tell: (view) => events.tell([view]),
    query: (text, values) => pool.query({ text }, values),
  });
  const listeners: Listener[] = [];
  return {
    db,
    async listen(channel, onPayload) {
      const listening = listener(config, channel, log, onPayload);
      listeners.push(listening);
      await listening.start();
    },
    async ping() {
      try {
        await pool.query('select 1');
      } catch (cause) {
        throw new CaoError(
          'unavailable',
          `the database does not answer (${(cause as Error).message})`,
          {},
          { cause },
        );
      }
    },
    async close() {
      await Promise.all(listeners.map((one) => one.close()));
      const late = new AbortController();
      const ended = events.close().then(() => pool.end());
      await Promise.race([ended, pause(CLOSE_MS, undefined, { signal: late.signal, ref: false })]);
      late.abort();
    },
  };
}

/** The pool has one time-out for its queue and for a connection; a database that is away is to be noticed sooner. */
class PromptClient extends Client {
  constructor(config?: ClientConfig) {
    super({ ...config, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  }
}

/** Drizzle's own keeps a connection for ever when `begin` fails on it. */
function transactionsIn(pool: Pool, events: Announcer): Db['transaction'] {
  const bySession = new WeakMap<PoolClient, Db>();
  return async (work, settings) => {
    const client = await pool.connect();
    const session = bySession.get(client) ?? drizzle(client);
    bySession.set(client, session);
    const told: string[] = [];
    try {
      const value = await session.transaction((tx) => {
        setHandle(tx, {
          tell: (view) => void told.push(view),
          query: (text, values) => client.query({ text }, values),
        });
        return work(tx);
      }, settings);
      events.tell(told);
      return value;
    } finally {
      // The pool throws away what is broken.
      client.release();
    }
  };
}

/** `?prepare=false` says that a proxy in front of Postgres cannot keep prepared statements. */
function configOf(given: string): { config: ClientConfig; prepare: boolean } {
  const url = new URL(given);
  const prepare = url.searchParams.get('prepare') !== 'false';
  url.searchParams.delete('prepare');
  const config = { connectionString: url.href, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true };
  return { config, prepare };
}

/** Of Postgres, SQLSTATE classes that mean "not now" (connection, shutdown, too many connections, deadlock), and of Node. */
const TRANSIENT = /^(08|57P|53|40)|^(CONNECT|ECONN|ENOENT|EPIPE|ETIMEDOUT|EHOSTUNREACH)/;
/** What the driver says without a code. */
const TRANSIENT_TEXT =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Client was closed)/;

/** Whether the cause is an outage (answered 503, tried again) rather than a defect. */
export const isOutage = (error: unknown): boolean =>
  causes(error).some(
    ({ code, message }) => (typeof code === 'string' && TRANSIENT.test(code)) || TRANSIENT_TEXT.test(message),
  );

/** Whether a unique index refused the row. */
export const isDuplicate = (error: unknown): boolean => hasSqlState(error, '23505');

/** Whether it was the index of one of these names. */
export const isTakenIn = (error: unknown, indexes: readonly string[]): boolean =>
  isDuplicate(error) && causes(error).some(({ constraint }) => indexes.includes(String(constraint)));

export const hasSqlState = (error: unknown, state: string): boolean =>
  causes(error).some(({ code }) => code === state);

/** Drizzle wraps the driver's error, which has the code. */
function causes(error: unknown): (Error & { code?: unknown; constraint?: unknown })[] {
  const chain: Error[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) chain.push(at);
  return chain;
}
