import { openLive } from '@cao/client';
import type { EventView } from '@cao/contracts';

/** Everything that a stack has told, in order, and a way to wait for what it will tell. */
export interface EventLog {
  all(): readonly EventView[];
  /** The first event that is accepted, past or to come. @throws naming `what` and the last events when it does not come. */
  until(what: string, accept: (event: EventView) => boolean, timeoutMs?: number): Promise<EventView>;
  close(): void;
}

/** Long enough for a busy machine, short enough to see that it hangs. Units: ms. */
const DEFAULT_WAIT_MS = 45_000;
const SHOWN = 25;

export function followEvents(options: { url: string; token: string }): EventLog {
  const seen = new Map<number, EventView>();
  const waiters = new Set<(event: EventView) => void>();
  let last = 0;
  const live = openLive(options, {
    onOpen: (connection) => connection.send({ t: 'subscribe', after: last }),
    onPush(push) {
      if (push.t !== 'event' || seen.has(push.event.id)) return;
      seen.set(push.event.id, push.event);
      last = Math.max(last, push.event.id);
      for (const waiter of waiters) waiter(push.event);
    },
  });
  return {
    all: () => [...seen.values()],
    until(what, accept, timeoutMs = DEFAULT_WAIT_MS) {
      const past = [...seen.values()].find(accept);
      if (past) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiters.delete(look);
          const latest = [...seen.values()]
            .slice(-SHOWN)
            .map((event) => `${event.kind} ${event.terminal_id ?? ''} ${JSON.stringify(event.data)}`);
          reject(
            new Error(
              `within ${timeoutMs} ms there was no event: ${what}. The last ones:\n${latest.join('\n')}`,
            ),
          );
        }, timeoutMs);
        const look = (event: EventView) => {
          if (!accept(event)) return;
          clearTimeout(timer);
          waiters.delete(look);
          resolve(event);
        };
        waiters.add(look);
      });
    },
    close: () => live.close(),
  };
}
