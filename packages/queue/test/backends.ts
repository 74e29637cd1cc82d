import { type Logger, silentLogger } from '@cao/runtime';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { type LocalCluster, startCluster } from '../../../test/support/redis-cluster.ts';
import { type LocalSentinels, startSentinels } from '../../../test/support/redis-sentinel.ts';
import {
  freshDatabase,
  freshRedis,
  perFile,
  privatePostgres,
  privateRedis,
} from '../../../test/support/services.ts';
import { openQueues, type QueueBackend, type Queues } from '../src/index.ts';

export { bell } from './bell.ts';

export interface TestBackend extends AsyncDisposable {
  readonly backend: QueueBackend;
}

/** A backend that belongs to one test, which may break it. */
export interface FragileBackend extends TestBackend {
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Everything the queue ever stored is gone; the server runs on. */
  wipe(): Promise<void>;
}

interface Family {
  readonly name: string;
  /** How long after `close` the client still holds connections that never came about. Units: ms. */
  readonly lingersMs?: number;
  fresh(): Promise<TestBackend>;
  fragile(): Promise<FragileBackend>;
}

/** Redis in several processes: they start once per file, and once more for each test that breaks them. */
function several(name: string, start: () => Promise<LocalSentinels | LocalCluster>): Family {
  const shared = perFile(start);
  let tests = 0;
  return {
    name,
    async fresh() {
      const { url } = await shared();
      return {
        backend: { kind: 'redis', url, prefix: `{t${++tests}}` },
        [Symbol.asyncDispose]: async () => {},
      };
    },
    async fragile() {
      const own = await start();
      return { ...own, backend: { kind: 'redis', url: own.url } };
    },
  };
}

export const backends: readonly Family[] = [
  {
    name: 'redis',
    async fresh() {
      const { url, prefix, [Symbol.asyncDispose]: dispose } = await freshRedis();
      return { backend: { kind: 'redis', url, prefix }, [Symbol.asyncDispose]: dispose };
    },
    async fragile() {
      const redis = await privateRedis();
      return {
        ...redis,
        backend: { kind: 'redis', url: redis.url },
        async wipe() {
          const client = new Redis(redis.url);
          await client.flushall();
          client.disconnect();
        },
      };
    },
  },
  // Each try to reach a sentinel that is gone is held for 2 s, whatever it is told.
  { ...several('redis sentinel', startSentinels), lingersMs: 2_000 },
  several('redis cluster', startCluster),
  {
    name: 'postgres',
    async fresh() {
      const { url, [Symbol.asyncDispose]: dispose } = await freshDatabase();
      return { backend: { kind: 'postgres', url }, [Symbol.asyncDispose]: dispose };
    },
    async fragile() {
      const postgres = await privatePostgres();
      return {
        ...postgres,
        backend: { kind: 'postgres', url: postgres.url },
        wipe: () => truncateAll(postgres.url),
      };
    },
  },
];

const DEADLOCK = '40P01';

async function truncateAll(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename <> 'migration'",
    );
    const wipe = `TRUNCATE ${rows.map(({ name }) => `bullmq.${name}`).join(', ')}`;
    // It locks one table after the other, and so does a bell that runs: Postgres ends one of the two, which begins again.
    for (;;) {
      const ended = await client.query(wipe).then(
        () => null,
        (error: { code?: string }) => error,
      );
      if (ended === null) return;
      if (ended.code !== DEADLOCK) throw ended;
    }
  } finally {
    await client.end();
  }
}

export async function open(
  { backend }: TestBackend,
  log: Logger = silentLogger,
): Promise<Queues & AsyncDisposable> {
  const queues = await openQueues({ backend, log });
  return { ...queues, [Symbol.asyncDispose]: () => queues.close() };
}

/** The promise of `close`. */
export const CLOSE_MS = 2_000;

/** How long it takes. Units: ms. */
export async function timed(work: Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work;
  return performance.now() - start;
}

/** Collects what happened and lets a test wait for the next of it. */
export function recorder<T>() {
  const seen: T[] = [];
  const waiting: { count: number; resolve: (all: T[]) => void }[] = [];
  return {
    seen,
    note(event: T) {
      seen.push(event);
      for (const wait of waiting.splice(0)) {
        if (seen.length >= wait.count) wait.resolve([...seen]);
        else waiting.push(wait);
      }
    },
    /** Resolves when `count` events have been noted, now or earlier. */
    until(count: number): Promise<T[]> {
      return new Promise((resolve) => {
        if (seen.length >= count) resolve([...seen]);
        else waiting.push({ count, resolve });
      });
    },
  };
}

/** Rings until it is taken, as a sweep would; each refusal is an answer, so this does not spin. */
export async function ringUntilTaken(ring: () => Promise<boolean>): Promise<void> {
  while (!(await ring())) await new Promise((resolve) => setTimeout(resolve, 50));
}
