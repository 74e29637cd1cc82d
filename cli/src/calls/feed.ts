import { openLive } from '@cao/client';
import { CaoError, type ErrorCode, type EventView, errorTable } from '@cao/contracts';
import type { Context } from '../context.ts';

export interface FeedOptions {
  readonly session?: string;
  /** Events after this cursor, then all new ones. Without it: new ones only. */
  readonly after?: number;
}

/** Events as they are committed, each once, in order, across reconnections. */
export interface Feed extends AsyncIterable<EventView>, Disposable {
  /** Nothing that happens from here on is missed. */
  readonly subscribed: Promise<void>;
}

/** The HTTP call before it was answered at once; a live connection that does not come up is blocked on its way. Units: ms. */
const SUBSCRIBE_TIMEOUT_MS = 10_000;

/**
 * @throws from the iteration: CaoError with the api's code; the abort reason after Ctrl-C.
 */
export function openFeed(context: Context, options: FeedOptions): Feed {
  const waiting: EventView[] = [];
  let wake = () => {};
  let failure: unknown;
  let last = options.after;
  let lost = false;
  const subscribed = Promise.withResolvers<void>();
  subscribed.promise.catch(() => {}); // the iteration throws the same
  const fail = (cause: unknown) => {
    failure ??= cause;
    subscribed.reject(cause);
    wake();
  };
  const timer = setTimeout(
    () => fail(new CaoError('unreachable', `no live connection to ${context.server.url}`)),
    SUBSCRIBE_TIMEOUT_MS,
  );
  const onAbort = () => fail(context.signal.reason);
  context.signal.addEventListener('abort', onAbort, { once: true });

  const live = openLive(context.server, {
    onOpen(socket) {
      if (lost) context.io.note('connected again');
      lost = false;
      socket.send({
        t: 'subscribe',
        ...(options.session === undefined ? {} : { session: options.session }),
        ...(last === undefined ? {} : { after: last }),
      });
    },
    onPush(push) {
      if (push.t === 'subscribed') {
        clearTimeout(timer);
        last = Math.max(last ?? 0, push.after);
        subscribed.resolve();
      } else if (push.t === 'event') {
        if (seen.has(push.event.id)) return;
        remember(push.event.id);
        waiting.push(push.event);
        wake();
      } else if (push.t === 'error') {
        fail(new CaoError(push.code in errorTable ? (push.code as ErrorCode) : 'internal', push.message));
      }
    },
    onClose(reason) {
      if (!lost && !failure) context.io.note(`${reason}; trying again`);
      lost = true;
    },
  });

  /** A replayed event may come beside its live twin; ids of the newest few thousand are enough to tell. */
  const seen = new Set<number>();
  const remember = (id: number) => {
    seen.add(id);
    last = Math.max(last ?? 0, id);
    if (seen.size > 5_000) seen.delete(seen.values().next().value!);
  };

  return {
    subscribed: subscribed.promise,
    async *[Symbol.asyncIterator]() {
      for (;;) {
        for (let event = waiting.shift(); event; event = waiting.shift()) yield event;
        if (failure) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      context.signal.removeEventListener('abort', onAbort);
      live.close();
    },
  };
}
