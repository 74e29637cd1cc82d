import { Queue, type RedisQueueBackend, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import type { Backend, BellData, BellQueue, BellWorker } from './backend.ts';
import { DISCONNECT_DEADLINE_MS, OPEN_DEADLINE_MS, OUTAGE_RETRY_MS, SILENT_PEER_MS } from './timing.ts';

/** Without the reply mapping, which the client's constructor takes as a type parameter of its own. */
type Options = Omit<RedisOptions, 'replyMapping'>;

/** `unix:///run/redis.sock` and a bare path mean a socket; everything else is a URL as Redis clients know it. */
const connect = (url: string, options: Options): Redis => new Redis(url.replace(/^unix:\/\//, ''), options);

const reconnecting: Options = {
  retryStrategy: (times) => Math.min(50 * 2 ** times, OUTAGE_RETRY_MS),
  socketTimeout: SILENT_PEER_MS,
  // The default 2 s would keep a process alive that has nothing left to do.
  disconnectTimeout: DISCONNECT_DEADLINE_MS,
};

/**
 * Two connections per process and one more per worker, which waits in it for the next bell.
 * @param prefix hash-tagged, so that all keys of a stack live in one slot of a cluster.
 */
export async function redisBackend(
  url: string,
  prefix: string,
  onError: (cause: Error) => void,
): Promise<Backend> {
  // Rings fail at once when there is no connection: nothing is queued in memory, nothing is sent twice.
  const ringing = connect(url, {
    ...reconnecting,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
  });
  // Workers wait an outage out: their commands are kept and sent when the connection is back.
  const serving = connect(url, { ...reconnecting, maxRetriesPerRequest: null });
  ringing.on('error', onError);
  serving.on('error', onError);
  try {
    await ready(ringing);
  } catch (cause) {
    end(ringing);
    end(serving);
    throw cause;
  }
  return {
    where: `Redis at ${withoutPassword(url)}`,
    queue(name, onQueueError): BellQueue {
      // No version check: it would be a first command that fails for ever when it meets an outage.
      const options = { connection: ringing, prefix, skipVersionCheck: true, skipWaitingForReady: true };
      const queue = new Queue<BellData, void>(name, options);
      queue.on('error', onQueueError);
      return queue;
    },
    worker: (name, processor, options): BellWorker =>
      new Worker<BellData, void>(name, processor, { ...options, connection: serving, prefix }),
    cut(worker) {
      const backend = (worker as Worker).getBackend() as RedisQueueBackend;
      const cutParked = (client: Ending) => client.status === 'reconnecting' && end(client);
      backend.blockingClient?.then(cutParked).catch(() => {});
    },
    ping: async () => void (await ringing.ping()),
    async close() {
      end(ringing);
      end(serving);
    },
  };
}

type Ending = { readonly status: string; disconnect(): void; connect(): Promise<void> };

/**
 * Ends a connection in whatever state it is. One that waits for its next attempt would only be parked: it would never
 * say that it ended, and never answer the commands it keeps. Cutting off a new attempt makes it do both.
 */
function end(redis: Ending): void {
  redis.disconnect();
  if (redis.status !== 'reconnecting') return;
  redis.connect().catch(() => {}); // rejects: it is cut off in the next line
  redis.disconnect();
}

/** Resolves with the first connection, whatever failed before it. */
function ready(redis: Redis): Promise<void> {
  return new Promise((resolve, reject) => {
    let last: Error | undefined;
    const onError = (cause: Error) => {
      last = cause;
    };
    const timer = setTimeout(
      () => reject(last ?? new Error(`no connection within ${OPEN_DEADLINE_MS} ms`)),
      OPEN_DEADLINE_MS,
    );
    redis.on('error', onError);
    redis.once('ready', () => {
      clearTimeout(timer);
      redis.off('error', onError);
      resolve();
    });
  });
}

export const withoutPassword = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');
