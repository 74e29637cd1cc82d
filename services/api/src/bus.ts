import type { EventView } from '@cao/contracts';
import { type Database, EVENT_CHANNEL, eventsAfter, eventsIn, lastEventId, settledEvents } from '@cao/db';
import type { Logger } from '@cao/runtime';

/**
 * Committed events of all replicas, pushed by Postgres NOTIFY. It wakes whoever waits; what is true is read from the
 * rows afterwards, so a missed notification costs latency and never correctness.
 */
export interface Bus {
  start(): Promise<void>;
  stop(): void;
  subscribe(onEvent: (event: EventView) => void): () => void;
  /**
   * Runs `read` now and after each event that `concerns` accepts, until it returns something other than undefined.
   * @returns undefined after `timeoutMs`, or when the signal aborts.
   */
  until<T>(wait: Wait<T>): Promise<T | undefined>;
}

export interface Wait<T> {
  readonly concerns: (event: EventView) => boolean;
  readonly read: () => Promise<T | undefined>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Events read at once after a gap; more than this were missed only by a replica that was away for long. */
const CATCH_UP = 1000;

/** How long an event may go unheard whose teller died. Units: ms. */
const LOOK_EVERY_MS = 5_000;

export function makeBus(database: Database, log: Logger): Bus {
  const subscribers = new Set<(event: EventView) => void>();
  /** All events up to `settled` were heard, and these after it. */
  const heard = new Set<number>();
  let settled = 0;
  let looking: NodeJS.Timeout | undefined;

  const emit = (event: EventView) => {
    if (heard.has(event.id)) return;
    heard.add(event.id);
    for (const subscriber of subscribers) subscriber(event);
  };
  const read = async (after: number, limit: number) => {
    for (const event of await eventsAfter(database.db, { after, limit })) emit(event);
  };
  const look = (after: number, limit: number) =>
    void read(after, limit).catch((error) =>
      log.warn({ err: error }, 'could not read the events that were missed'),
    );
  /** A process that dies between a commit and telling of it tells nobody. */
  const findUntold = async () => {
    const { count, last } = await settledEvents(database.db, settled);
    let known = 0;
    for (const id of heard) if (id > settled && id <= last) known++;
    if (known < count)
      for (let after = settled; after < last; ) {
        const page = await eventsAfter(database.db, { after, limit: CATCH_UP });
        for (const event of page) if (event.id <= last) emit(event);
        after = page.at(-1)?.id ?? last;
      }
    settled = last;
    for (const id of heard) if (id <= last) heard.delete(id);
  };
  const onPayload = (payload: string | null) => {
    if (payload === null) return look(Math.max(settled, ...heard), CATCH_UP);
    for (const told of eventsIn(payload))
      if (told.kind) emit(told as EventView);
      // One that is too long comes as its id.
      else look(told.id - 1, 1);
  };

  return {
    async start() {
      settled = await lastEventId(database.db);
      await database.listen(EVENT_CHANNEL, onPayload);
      looking = setInterval(() => {
        findUntold().catch((error) => log.debug({ err: error }, 'could not look for untold events'));
      }, LOOK_EVERY_MS);
    },
    stop: () => clearInterval(looking),
    subscribe(onEvent) {
      subscribers.add(onEvent);
      return () => subscribers.delete(onEvent);
    },
    until<T>(wait: Wait<T>) {
      return new Promise<T | undefined>((resolve, reject) => {
        let reading = false;
        let again = false;
        const end = (finish: () => void) => {
          unsubscribe();
          clearTimeout(timer);
          wait.signal?.removeEventListener('abort', onAbort);
          finish();
        };
        const look = async () => {
          if (reading) {
            again = true;
            return;
          }
          reading = true;
          try {
            do {
              again = false;
              const value = await wait.read();
              if (value !== undefined) return end(() => resolve(value));
            } while (again);
          } catch (error) {
            end(() => reject(error));
          } finally {
            reading = false;
          }
        };
        const onAbort = () => end(() => resolve(undefined));
        const unsubscribe = this.subscribe((event) => {
          if (wait.concerns(event)) void look();
        });
        const timer = setTimeout(onAbort, wait.timeoutMs);
        wait.signal?.addEventListener('abort', onAbort);
        void look();
      });
    },
  };
}
