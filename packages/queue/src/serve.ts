import { type Bell, bellPayload } from '@cao/contracts';
import { failpoint, type Logger } from '@cao/runtime';
import { DelayedError, UnrecoverableError, WaitingError } from 'bullmq';
import type { Backend, BellJob } from './backend.ts';
import { DeadlineError, within } from './deadline.ts';
import { NotNow } from './not-now.ts';
import { messageOf, type RateLimitedLog } from './rate-limited-log.ts';
import {
  CLOSE_DEADLINE_MS,
  CLOSE_GRACE_MS,
  LOCK_MS,
  MAX_DEATHS,
  OUTAGE_RETRY_MS,
  STALLED_CHECK_MS,
} from './timing.ts';

/**
 * Does what a bell asks for. Reads the rows, acts, commits, returns; may run twice, and twice at once.
 * @param signal aborted when the deadline of the bell is over or the server closes: nobody waits any more.
 */
export type BellHandler = (kind: string, id: string, signal: AbortSignal) => Promise<void>;

export interface Server {
  /** Takes no more bells, lets running handlers end, gives back what they do not finish. At most 2 s; idempotent. */
  close(): Promise<void>;
}

/** Bells of one queue that are handled at once, unless told otherwise. */
const CONCURRENCY = 32;

/** Why a handler was left: the server closes, somebody else will do the work. */
class Closing extends Error {}

export function serve(
  backend: Backend,
  queue: string,
  bells: readonly Bell[],
  handler: BellHandler,
  { concurrency = CONCURRENCY, log, warn }: { concurrency?: number; log: Logger; warn: RateLimitedLog },
): Server {
  const byKind = new Map(bells.map((bell) => [bell.kind, bell]));
  const closing = new AbortController();
  /** Bells that the library was already fetching when the server closed still arrive: they are not begun. */
  let stopped = false;

  const processor = async (job: BellJob, token?: string): Promise<void> => {
    const bell = byKind.get(job.name);
    const data = bellPayload.safeParse(job.data);
    // From a newer or older version of ourselves: ringing it again here would not make it known.
    if (!bell || !data.success) throw new UnrecoverableError(`no bell ${job.name} is known on ${queue}`);
    try {
      if (stopped) throw new Closing('the server closes');
      await failpoint('queue.handle.before');
      await attend(bell, data.data.id, handler, closing.signal);
      await failpoint('queue.handle.after');
    } catch (cause) {
      if (cause instanceof Closing) {
        await job.moveToWait(token);
        throw new WaitingError();
      }
      if (cause instanceof NotNow) {
        await job.moveToDelayed(Date.now() + cause.delayMs, token);
        throw new DelayedError();
      }
      throw cause;
    }
  };

  const worker = backend.worker(queue, processor, {
    concurrency,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_CHECK_MS,
    maxStalledCount: MAX_DEATHS,
    runRetryDelay: OUTAGE_RETRY_MS,
  });
  worker.on('error', (cause) => {
    warn(`serve ${queue} ${messageOf(cause)}`, { queue, err: cause }, 'the queue reports an error');
  });
  worker.on('failed', (job, cause) => {
    const fields = { queue, kind: job?.name, id: job?.data.id, attempt: job?.attemptsMade, err: cause };
    warn(`failed ${queue} ${job?.name} ${messageOf(cause)}`, fields, 'a bell was not handled');
  });
  worker.on('stalled', () => log.info({ queue }, 'a bell of a process that ended is rung again'));

  let closed: Promise<void> | undefined;
  const close = async () => {
    stopped = true;
    const grace = setTimeout(() => closing.abort(new Closing('the server closes')), CLOSE_GRACE_MS);
    try {
      const closed = worker.close();
      backend.cut(worker, 'if parked');
      await within(CLOSE_DEADLINE_MS, `closing the server of ${queue}`, closed);
    } catch (cause) {
      if (!(cause instanceof DeadlineError)) throw cause;
      log.warn({ queue }, 'the queue did not close in time; what it holds is rung again elsewhere');
    } finally {
      clearTimeout(grace);
      closing.abort(new Closing('the server closes'));
      backend.cut(worker, 'now');
    }
  };
  return {
    close() {
      closed ??= close();
      return closed;
    },
  };
}

/** One run of a handler: ends with it, at the bell's deadline, or when the server closes, whichever is first. */
async function attend(bell: Bell, id: string, handler: BellHandler, closing: AbortSignal): Promise<void> {
  const left = new AbortController();
  const { promise: leave, reject } = Promise.withResolvers<never>();
  const stop = (why: unknown) => {
    reject(why); // before the abort, so that a handler which rejects because of it does not decide the outcome
    left.abort(why);
  };
  const onClosing = () => stop(closing.reason);
  const late = () => stop(new DeadlineError(`the handler of ${bell.kind} ${id}`, bell.deadlineMs));
  const timer = setTimeout(late, bell.deadlineMs);
  closing.addEventListener('abort', onClosing);
  try {
    await Promise.race([handler(bell.kind, id, left.signal), leave]);
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', onClosing);
  }
}
