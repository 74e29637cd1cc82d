import { type Bell, bellPayload, CaoError, type ToldBell, toldBell } from '@cao/contracts';
import { failpoint, type Logger } from '@cao/runtime';
import type { JobsOptions } from 'bullmq';
import type { Backend, BellQueue } from './backend.ts';
import { postgresBackend } from './backend-postgres.ts';
import { redisBackend } from './backend-redis.ts';
import { within } from './deadline.ts';
import { messageOf, rateLimitedLog } from './rate-limited-log.ts';
import type { RedisFinding } from './redis-check.ts';
import { type BellHandler, type Server, serve } from './serve.ts';
import { DISCONNECT_DEADLINE_MS, PING_DEADLINE_MS, RETRY_DELAY_MS, RING_DEADLINE_MS } from './timing.ts';

export type QueueBackend =
  /** `url` in a form that `parseRedisUrl` takes; `prefix` is hash-tagged, `{cao}` unless given. */
  | { readonly kind: 'redis'; readonly url: string; readonly prefix?: string }
  /** `schema` is made when it is not there, `bullmq` unless given; nothing else may live in it. */
  | { readonly kind: 'postgres'; readonly url: string; readonly schema?: string };

export interface Queues {
  /**
   * Rings a bell: it is handled once more, some time from now, by whoever serves the queue. Ten rings before that
   * are one; a ring while it is handled has it handled again.
   * @returns false, after at most RING_DEADLINE_MS, when the backend did not take it (it still may have).
   * @throws CaoError bad_request for a queue or id that is not a name.
   */
  ring(queue: string, bell: Bell, id: string): Promise<boolean>;
  /**
   * Says at once, to all processes that hear, what is being rung. Beside the ring and never in its place: nobody may
   * be there to hear it, and on Postgres nobody is.
   */
  tell(bell: ToldBell): void;
  /** Hears what any process tells, this one included; only what is told from now on. */
  hear(listener: (bell: ToldBell) => void): void;
  /** Handles the bells of a queue, also through outages, until closed. */
  serve(
    queue: string,
    bells: readonly Bell[],
    handler: BellHandler,
    options?: { readonly concurrency?: number },
  ): Promise<Server>;
  /**
   * Has a bell rung every `everyMs`, by one clock for all processes that ask. The clock is in the backend; this
   * process looks after it as long as it lives, and winds it up again after the backend was wiped.
   */
  every(queue: string, bell: Bell, id: string, everyMs: number): Promise<void>;
  /** @throws CaoError unavailable when the backend does not answer within PING_DEADLINE_MS. */
  ping(): Promise<void>;
  /** What its operator should know of the server of the queue; nothing when all is as it should be. Never rejects. */
  inspect(): Promise<readonly RedisFinding[]>;
  /** Closes all servers and connections, within 2 s and once. A ring after it returns false. */
  close(): Promise<void>;
}

/**
 * @throws CaoError unavailable when the backend cannot be reached, or is not one that we can use; bad_request for a
 * Redis URL that is none.
 */
export async function openQueues(options: { backend: QueueBackend; log: Logger }): Promise<Queues> {
  const log = options.log.child({ part: 'queue' });
  const warn = rateLimitedLog(log);
  const onError = (cause: Error) =>
    warn(`backend ${messageOf(cause)}`, { err: cause }, 'the queue backend is not reachable');
  const backend = await openBackend(options.backend, onError);
  await judge(backend, log);
  const queues = new Map<string, BellQueue>();
  const servers = new Set<Server>();
  const clocks = new Set<NodeJS.Timeout>();

  const queueOf = (name: string): BellQueue => {
    const known = queues.get(name);
    if (known) return known;
    const made = backend.queue(name, (cause) =>
      warn(`ring ${name} ${messageOf(cause)}`, { queue: name, err: cause }, 'the queue reports an error'),
    );
    queues.set(name, made);
    return made;
  };
  const dropQueue = async (name: string) => {
    const queue = queues.get(name);
    queues.delete(name);
    await queue?.close().catch(() => {}); // holds no connection of its own
  };

  /** Runs one short command with the deadline of a ring; an outage is a line in the log and false. */
  const attempt = async (queue: string, what: string, command: () => Promise<unknown>): Promise<boolean> => {
    if (closed !== undefined) return false;
    try {
      await within(RING_DEADLINE_MS, what, command());
      return true;
    } catch (cause) {
      warn(
        `attempt ${messageOf(cause)}`,
        { queue, err: cause },
        `${what} failed; rounds or the sweep will find the row`,
      );
      return false;
    }
  };

  let closed: Promise<void> | undefined;
  const close = async () => {
    for (const clock of clocks) clearInterval(clock);
    await Promise.all([...servers].map((server) => server.close()));
    await within(DISCONNECT_DEADLINE_MS, 'closing the queues', backend.close()).catch((cause) =>
      log.warn({ err: cause }, 'the queue backend did not close in order'),
    );
  };

  return {
    async ring(queue, bell, id) {
      checkNames(queue, id);
      await failpoint('queue.ring.before');
      const rung = await attempt(queue, `ringing ${bell.kind}`, () =>
        queueOf(queue).add(bell.kind, { id }, ringOptions(bell, id)),
      );
      await failpoint('queue.ring.after');
      return rung;
    },

    tell(bell) {
      if (closed !== undefined) return;
      backend
        .tell(JSON.stringify(bell))
        .catch((cause) =>
          warn(`tell ${messageOf(cause)}`, { ...bell, err: cause }, 'only the bell tells it'),
        );
    },

    hear(listener) {
      backend.hear((text) => {
        const parsed = toldBell.safeParse(parseJson(text));
        // Not one: from a newer or older version of ourselves; the bell tells it.
        if (parsed.success) listener(parsed.data);
      });
    },

    async serve(queue, bells, handler, { concurrency } = {}) {
      checkNames(queue);
      if (closed !== undefined) throw new CaoError('unavailable', 'the queues of this process are closed');
      const made = serve(backend, queue, bells, handler, {
        log,
        warn,
        ...(concurrency === undefined ? {} : { concurrency }),
      });
      const server: Server = {
        async close() {
          await made.close();
          if (servers.delete(server)) await dropQueue(queue);
        },
      };
      servers.add(server);
      return server;
    },

    async every(queue, bell, id, everyMs) {
      checkNames(queue, id);
      const clockId = `${bell.kind}-${id}`;
      const template = { name: bell.kind, data: { id }, opts: keptOptions(bell) };
      let looking = false;
      const wind = async () => {
        if (looking) return;
        looking = true;
        await attempt(queue, `winding the clock of ${bell.kind}`, async () => {
          const there = await queueOf(queue).getJobScheduler(clockId);
          if (!there) await queueOf(queue).upsertJobScheduler(clockId, { every: everyMs }, template);
        });
        looking = false;
      };
      clocks.add(setInterval(() => void wind(), everyMs).unref());
      await attempt(queue, `setting the clock of ${bell.kind}`, () =>
        queueOf(queue).upsertJobScheduler(clockId, { every: everyMs }, template),
      );
    },

    async ping() {
      await within(PING_DEADLINE_MS, 'the answer', backend.ping()).catch((cause) => {
        const message = `the queue backend (${backend.where}) does not answer: ${messageOf(cause)}`;
        throw new CaoError('unavailable', message, {}, { cause });
      });
    },

    inspect: () => backend.inspect(),

    close() {
      closed ??= close();
      return closed;
    },
  };
}

async function openBackend(backend: QueueBackend, onError: (cause: Error) => void): Promise<Backend> {
  try {
    return await (backend.kind === 'redis'
      ? redisBackend(backend.url, backend.prefix ?? '{cao}', onError)
      : postgresBackend(backend.url, backend.schema ?? 'bullmq', onError));
  } catch (cause) {
    if (cause instanceof CaoError) throw cause;
    const message = `cannot open the ${backend.kind} queue backend: ${messageOf(cause)}`;
    throw new CaoError('unavailable', message, { backend: backend.kind }, { cause });
  }
}

/** Looks at the server once, at the start: what would break the queues ends it, the rest is told. */
async function judge(backend: Backend, log: Logger): Promise<void> {
  for (const { severity, what, why, next } of await backend.inspect()) {
    const message = `${backend.where}: ${what}. ${why} ${next}`;
    if (severity !== 'error') log.warn({ severity }, message);
    else {
      await backend.close();
      throw new CaoError('unavailable', message);
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A finished bell leaves nothing behind: a failed one that stayed would swallow every later ring. */
const keptOptions = (bell: Bell): JobsOptions => ({
  attempts: bell.attempts,
  backoff: { type: 'exponential', delay: RETRY_DELAY_MS },
  removeOnComplete: true,
  removeOnFail: true,
});

/**
 * No job id: with one, a ring during an active job is lost on Redis. The deduplication id makes many rings one;
 * `keepLastIfActive` keeps the ring of an active one; `replace` lets a ring wake one that waits for its retry.
 */
const ringOptions = (bell: Bell, id: string): JobsOptions => ({
  ...keptOptions(bell),
  deduplication: { id: `${bell.kind}-${id}`, keepLastIfActive: true, replace: true },
});

/** The same form for queues as for ids: a colon or an all-digit name means something else to the backends. */
function checkNames(queue: string, id?: string): void {
  for (const [field, value] of Object.entries({ queue, id })) {
    if (value === undefined || bellPayload.safeParse({ id: value }).success) continue;
    const message = `${field} ${JSON.stringify(value)} must begin with a letter, then letters, digits, _ and -`;
    throw new CaoError('bad_request', message, { field });
  }
}
