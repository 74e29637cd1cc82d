import { type BackendFactory, Queue, QueueKeys, RedisConnection, RedisQueueBackend } from 'bullmq';
import type { Backend, BellData, BellQueue, BellWorker } from './backend.ts';
import { QueueWorker } from './queue-worker.ts';
import { inspectRedis } from './redis-check.ts';
import { connectRedis, endRedis, isParked, type RedisClient, redisReady } from './redis-client.ts';
import { parseRedisUrl, redisAddress } from './redis-url.ts';
import { IDLE_LOOK_S } from './timing.ts';
import { WaitingConnection } from './waiting-connection.ts';

/**
 * Two connections per process, one more to hear, and one more per worker, which waits in it for the next bell; of a
 * cluster, each to every node that is needed.
 * @param prefix hash-tagged, so that all keys of a stack live in one slot of a cluster.
 */
export async function redisBackend(
  url: string,
  prefix: string,
  onError: (cause: Error) => void,
): Promise<Backend> {
  const target = parseRedisUrl(url);
  const ringing = connectRedis(target, 'ringing');
  const serving = connectRedis(target, 'serving');
  ringing.on('error', onError);
  serving.on('error', onError);
  /** The connection in which each worker waits. */
  const waits = new WeakMap<BellWorker, RedisClient>();
  const channel = `${prefix}:told`;
  let hearing: RedisClient | undefined;
  const end = () => {
    for (const redis of [ringing, serving, hearing]) if (redis) endRedis(redis);
  };
  try {
    await redisReady(ringing);
  } catch (cause) {
    end();
    throw cause;
  }
  return {
    where: redisAddress(target),
    queue(name, onQueueError): BellQueue {
      // No version check: it would be a first command that fails for ever when it meets an outage.
      const options = { connection: ringing, prefix, skipVersionCheck: true, skipWaitingForReady: true };
      const queue = new Queue<BellData, void>(name, options);
      queue.on('error', onQueueError);
      return queue;
    },
    worker(name, processor, options): BellWorker {
      // Made here and not by the library, which tells of it only once it is connected.
      const waiting = connectRedis(target, 'serving');
      const factory: BackendFactory<RedisQueueBackend> = (queue, opts) => {
        const keys = new QueueKeys(prefix);
        const shared = new RedisConnection(serving, { shared: true, blocking: false });
        const own = new WaitingConnection(waiting, { shared: false, blocking: true });
        return new RedisQueueBackend(
          shared,
          queue,
          keys.getKeys(queue),
          (type) => keys.toKey(queue, type),
          opts,
          own,
        );
      };
      const worker = new QueueWorker<RedisQueueBackend>(
        name,
        processor,
        { ...options, connection: serving, prefix, drainDelay: IDLE_LOOK_S },
        factory,
      );
      waits.set(worker, waiting);
      return worker;
    },
    cut(worker, how) {
      const waiting = waits.get(worker);
      if (!waiting || waiting.status === 'end') return;
      if (how === 'now' || isParked(waiting)) endRedis(waiting);
    },
    tell: async (text) => void (await ringing.publish(channel, text)),
    hear(listener) {
      // A connection that subscribes does nothing else.
      hearing = connectRedis(target, 'serving');
      hearing.on('error', onError);
      hearing.on('message', (_channel, text: string) => listener(text));
      hearing.subscribe(channel).catch(onError);
    },
    inspect: () => inspectRedis(ringing),
    // In a cluster the answer must come from the node that has the bells.
    ping: async () => void (await ringing.exists(prefix)),
    close: async () => end(),
  };
}
