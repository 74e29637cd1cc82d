import { Redis } from 'ioredis';
import { Client } from 'pg';

/** All that lies under the keys of one stack, as text. */
export async function dumpRedis(url: string, match: string): Promise<string> {
  const redis = new Redis(url);
  try {
    const dump: string[] = [];
    for (const key of await redis.keys(match)) {
      const bytes = await redis.dumpBuffer(key);
      // DUMP packs long strings; each kind is read plainly besides.
      const plain = await readKey(redis, key);
      dump.push(key, String(bytes), JSON.stringify(plain));
    }
    return dump.join('\n');
  } finally {
    redis.disconnect();
  }
}

async function readKey(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, '0', '-1');
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, '0', '-1');
    case 'stream':
      return redis.xrange(key, '-', '+');
    default:
      return redis.get(key);
  }
}

/** Every row of every table, as text; the names of the tables stand before their rows. */
export async function dumpPostgres(url: string): Promise<ReadonlyMap<string, string>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    const dump = new Map<string, string>();
    for (const { name } of rows) {
      const table = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      dump.set(name, table.rows.map(({ row }) => row).join('\n'));
    }
    return dump;
  } finally {
    await client.end();
  }
}
