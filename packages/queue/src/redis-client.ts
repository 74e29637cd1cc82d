import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisTarget } from './redis-url.ts';
import { DISCONNECT_DEADLINE_MS, OPEN_DEADLINE_MS, OUTAGE_RETRY_MS, SILENT_PEER_MS } from './timing.ts';

export type RedisClient = Redis | Cluster;

/** Without the reply mapping, which the client's constructor takes as a type parameter of its own. */
type Options = Omit<RedisOptions, 'replyMapping'>;

/** A first attempt at once, then ever rarer ones. */
const backOff = (times: number) => Math.min(50 * 2 ** times, OUTAGE_RETRY_MS);

const lasting: Options = {
  retryStrategy: backOff,
  socketTimeout: SILENT_PEER_MS,
  // The default 2 s would keep a process alive that has nothing left to do.
  disconnectTimeout: DISCONNECT_DEADLINE_MS,
  // A master that became a replica under a connection that stayed: look for the new one.
  reconnectOnError: (cause) => cause.message.startsWith('READONLY'),
};

/** Pause between two rounds through the sentinels. Nothing cuts it short, so it is short. */
const SENTINELS_RETRY_MS = 250;

/** What rings is refused at once when there is no connection: nothing is kept in memory, nothing is sent twice. */
const ringing: Options = { maxRetriesPerRequest: 1, autoResendUnfulfilledCommands: false };
/** What serves waits an outage out: its commands are kept and sent when the connection is back. */
const serving: Options = { maxRetriesPerRequest: null };

/** Enough redirections for a cluster to elect a new master, at one per 100 ms. */
const PATIENT_REDIRECTIONS = 100;

/** Connects, again and again until `endRedis`. Tells failures as `error` events; somebody must listen to them. */
export function connectRedis(target: RedisTarget, purpose: 'ringing' | 'serving'): RedisClient {
  const patient = purpose === 'serving';
  const login: Options = {
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.tls ? { tls: {} } : {}),
  };
  const options: Options = { ...lasting, ...(patient ? serving : ringing), ...login };
  const queueing = { enableOfflineQueue: patient };
  switch (target.kind) {
    case 'socket':
      return new Redis({ ...options, ...queueing, path: target.path, db: target.db });
    case 'server':
      return new Redis({ ...options, ...queueing, ...target.node, db: target.db });
    case 'sentinel':
      return new Redis({
        ...options,
        ...queueing,
        sentinels: [...target.nodes],
        name: target.master,
        db: target.db,
        sentinelRetryStrategy: () => SENTINELS_RETRY_MS,
        ...(target.sentinel.username === undefined ? {} : { sentinelUsername: target.sentinel.username }),
        ...(target.sentinel.password === undefined ? {} : { sentinelPassword: target.sentinel.password }),
        ...(target.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
      });
    case 'cluster': {
      const { retryStrategy, ...redisOptions } = options;
      return new Cluster([...target.nodes], {
        ...queueing,
        redisOptions,
        clusterRetryStrategy: backOff,
        ...(patient ? { maxRedirections: PATIENT_REDIRECTIONS } : {}),
        // A certificate is for a name: it must reach the node as it was written.
        ...(target.tls ? { dnsLookup: (address, done) => done(null, address) } : {}),
      });
    }
  }
}

/** Between two attempts: nothing is open, so nothing can close, and the commands that it keeps are never answered. */
export const isParked = (redis: RedisClient): boolean =>
  redis instanceof Cluster
    ? redis.status !== 'end' && redis.nodes().length === 0
    : redis.status === 'reconnecting';

/** Ends a connection in whatever state it is. Of a parked one a new attempt is begun, to be cut off. */
export function endRedis(redis: RedisClient): void {
  const parked = isParked(redis);
  redis.disconnect();
  if (!parked) return;
  // A cluster has nothing to cut off before its first node is there.
  if (redis instanceof Cluster) redis.once('+node', () => process.nextTick(() => redis.disconnect()));
  redis.connect().catch(() => {}); // rejects: it is cut off
  if (redis instanceof Redis) redis.disconnect();
}

/** Resolves with the first connection, whatever failed before it. */
export function redisReady(redis: RedisClient): Promise<void> {
  return new Promise((resolve, reject) => {
    let last: Error | undefined;
    const onError = (cause: Error & { lastNodeError?: Error }) => {
      last = cause.lastNodeError ?? cause;
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
