import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { afterAll, inject } from 'vitest';
import type {} from './global-setup.ts';
import { type LocalPostgres, startPostgres } from './postgres.ts';
import { type LocalRedis, startRedis } from './redis.ts';

/** Keys deleted per round trip. */
const SCAN_COUNT = 500;

const freshName = () => `t_${randomBytes(6).toString('hex')}`;

async function asAdmin<T>(adminUrl: string, work: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

export interface FreshDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
}

/** A database of your own, gone with `await using`. `adminUrl` is the shared server's unless given. */
export const freshDatabase = (options: { adminUrl?: string } = {}): Promise<FreshDatabase> =>
  createDatabase(options.adminUrl ?? inject('postgresAdminUrl'));

/** One on the shared server that has all tables already, and with `queue` those of the queue. */
export const migratedDatabase = (queue: boolean): Promise<FreshDatabase> =>
  createDatabase(
    inject('postgresAdminUrl'),
    queue ? inject('templates').tablesAndQueue : inject('templates').tables,
  );

/** @param template an existing database to copy; nobody may be connected to it then. */
export async function createDatabase(adminUrl: string, template?: string): Promise<FreshDatabase> {
  const name = freshName();
  const from = template ? ` TEMPLATE "${template}"` : '';
  await asAdmin(adminUrl, (admin) => admin.query(`CREATE DATABASE "${name}"${from}`));
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return {
    name,
    url: url.href,
    async [Symbol.asyncDispose]() {
      await asAdmin(adminUrl, (admin) => admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`));
    },
  };
}

export interface FreshRedis extends AsyncDisposable {
  readonly url: string;
  /** Hash-tagged, as every key of one stack is. Whatever lies under it goes with `await using`. */
  readonly prefix: string;
}

/** A key prefix of your own in a Redis: the shared one unless `url` names another. */
export async function freshRedis(options: { url?: string } = {}): Promise<FreshRedis> {
  const url = options.url ?? inject('redisUrl');
  const prefix = `{${freshName()}}`;
  return {
    url,
    prefix,
    async [Symbol.asyncDispose]() {
      const redis = new Redis(url);
      try {
        let cursor = '0';
        do {
          const [next, keys] = await redis.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', SCAN_COUNT);
          if (keys.length) await redis.unlink(...keys);
          cursor = next;
        } while (cursor !== '0');
      } finally {
        redis.disconnect();
      }
    },
  };
}

/** A Redis that a test may stop, kill, pause, wipe and start again. */
export async function privateRedis(): Promise<LocalRedis & AsyncDisposable> {
  const redis = await startRedis();
  return { ...redis, [Symbol.asyncDispose]: () => redis.remove() };
}

/** A Postgres that a test may stop and start again. Takes about a second: share it within a file. */
export async function privatePostgres(): Promise<LocalPostgres & AsyncDisposable> {
  const postgres = await startPostgres();
  return { ...postgres, [Symbol.asyncDispose]: () => postgres.remove() };
}

/** Called at the top of a file: started when its first test asks, gone after its last one. */
export function perFile<T extends AsyncDisposable>(start: () => Promise<T>): () => Promise<T> {
  let started: Promise<T> | undefined;
  afterAll(async () => void (await (await started)?.[Symbol.asyncDispose]()));
  return () => {
    started ??= start();
    return started;
  };
}
