import type { PgNotification, PgPoolClient, PgQueryResult } from 'bullmq';
import { Client, type ClientConfig, type QueryResult } from 'pg';
import { asOutage } from './postgres-outage.ts';

/** The library's commands begin with a comment. */
const LISTEN = /^\s*(--.*\n\s*)*LISTEN\b/i;

interface Connection {
  readonly client: Client;
  /** What it listens to: the same few words from every worker are said once. */
  readonly said: Map<string, Promise<QueryResult>>;
}

type Handlers = {
  notification: Set<(message: PgNotification) => void>;
  error: Set<(cause: Error) => void>;
};

/** One connection that listens for all workers of a process: the library would open one for each. */
export interface Listener {
  /** Subscribes a worker to the connection; it gets every notification and picks those of its queue. */
  subscriber(query: PgPoolClient['query']): PgPoolClient;
  close(): Promise<void>;
}

export function postgresListener(config: ClientConfig): Listener {
  const subscribers = new Set<Handlers>();
  let connecting: Promise<Connection> | undefined;
  let closed = false;

  const dropped = (cause: Error) => {
    connecting = undefined;
    // Each answers by listening again, through a client of the next connection.
    for (const { error } of [...subscribers]) for (const tell of [...error]) tell(cause);
  };

  async function connect(): Promise<Connection> {
    const client = new Client(config);
    let alive = true;
    const onLost = (cause: unknown) => {
      if (alive && !closed) dropped(asOutage(cause));
      alive = false;
    };
    client.on('error', onLost);
    client.on('end', () => onLost(new Error('Connection terminated')));
    client.on('notification', (message) => {
      for (const { notification } of [...subscribers])
        for (const tell of [...notification]) tell(message as PgNotification);
    });
    try {
      await client.connect();
      return { client, said: new Map() };
    } catch (cause) {
      alive = false; // nobody listened on it yet: the caller is told, the others are not
      connecting = undefined;
      client.end().catch(() => {});
      throw asOutage(cause);
    }
  }

  async function listen(text: string): Promise<QueryResult> {
    if (closed) throw asOutage(new Error('Connection terminated'));
    connecting ??= connect();
    const { client, said } = await connecting;
    try {
      const answer = said.get(text) ?? client.query(text);
      said.set(text, answer);
      return await answer;
    } catch (cause) {
      said.delete(text);
      throw asOutage(cause);
    }
  }

  return {
    subscriber(query) {
      const handlers: Handlers = { notification: new Set(), error: new Set() };
      subscribers.add(handlers);
      const client: PgPoolClient = {
        query: <R>(text: string, params?: readonly unknown[]) =>
          LISTEN.test(text) ? (listen(text) as Promise<PgQueryResult<R>>) : query<R>(text, params),
        on(event: 'notification' | 'error' | 'end', listener: unknown) {
          // `end` is told as `error`: a listener that ended has to be replaced in both cases.
          if (event !== 'end') (handlers[event] as Set<unknown>).add(listener);
          return client;
        },
        removeListener(_event, listener) {
          handlers.notification.delete(listener);
          return client;
        },
        removeAllListeners(event) {
          if (event !== 'error') handlers.notification.clear();
          if (event !== 'notification') handlers.error.clear();
          return client;
        },
        release: () => void subscribers.delete(handlers),
      };
      return client;
    },
    async close() {
      closed = true;
      subscribers.clear();
      const connection = await connecting?.catch(() => undefined);
      await connection?.client.end();
    },
  };
}
