import type { PgNotification, PgPoolClient } from 'bullmq';
import { Client, type ClientConfig, type QueryResultRow } from 'pg';
import { asOutage } from './postgres-outage.ts';

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
  let connecting: Promise<Client> | undefined;
  let closed = false;

  const dropped = (cause: Error) => {
    connecting = undefined;
    // Each answers by listening again, through a client of the next connection.
    for (const { error } of [...subscribers]) for (const tell of [...error]) tell(cause);
  };

  async function connect(): Promise<Client> {
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
      return client;
    } catch (cause) {
      alive = false; // nobody listened on it yet: the caller is told, the others are not
      connecting = undefined;
      client.end().catch(() => {});
      throw asOutage(cause);
    }
  }

  return {
    subscriber(query) {
      const handlers: Handlers = { notification: new Set(), error: new Set() };
      subscribers.add(handlers);
      const client: PgPoolClient = {
        async query<R>(text: string, params?: readonly unknown[]) {
          if (!/^\s*(--.*\n\s*)*LISTEN\b/i.test(text)) return query<R>(text, params);
          if (closed) throw asOutage(new Error('Connection terminated'));
          connecting ??= connect();
          const client = await connecting;
          try {
            return await client.query<R & QueryResultRow>(text);
          } catch (cause) {
            throw asOutage(cause);
          }
        },
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
      const client = await connecting?.catch(() => undefined);
      await client?.end();
    },
  };
}
