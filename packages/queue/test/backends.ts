import { type Bell, bellPayload } from '@cao/contracts';
import { type Logger, silentLogger } from '@cao/runtime';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { freshDatabase, freshRedis, privatePostgres, privateRedis } from '../../../test/support/services.ts';
import { openQueues, type QueueBackend, type Queues } from '../src/index.ts';

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
  readonly kind: QueueBackend['kind'];
  fresh(): Promise<TestBackend>;
  fragile(): Promise<FragileBackend>;
}

export const backends: readonly Family[] = [
  {
    kind: 'redis',
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
  {
    kind: 'postgres',
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

async function truncateAll(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      "SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'bullmq' AND tablename <> 'migration'",
    );
    await client.query(`TRUNCATE ${rows.map(({ name }) => `bullmq.${name}`).join(', ')}`);
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

/** Deadlines far above what a test takes, unless the test is about them. */
export const bell = (kind: string, options: Partial<Pick<Bell, 'deadlineMs' | 'attempts'>> = {}): Bell => ({
  kind,
  payload: bellPayload,
  deadlineMs: 30_000,
  attempts: 3,
  ...options,
});

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
