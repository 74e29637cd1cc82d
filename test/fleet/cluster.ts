import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort, newSecret } from '@cao/runtime';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { freshDatabase, freshRedis } from '../support/services.ts';
import { ROOT } from '../support/stack/root.ts';
import { type ServiceProcess, serviceProcess } from '../support/stack/service-process.ts';

/** The services of a CAO as processes of this machine, without a host. */
export interface Cluster extends AsyncDisposable {
  /** One per replica. */
  readonly urls: readonly string[];
  /** Where hosts dial: the replica, or a balancer in front of several. */
  readonly entry: string;
  readonly apis: readonly ServiceProcess[];
  readonly scheduler: ServiceProcess;
  readonly adminToken: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Ours alone, gone with the cluster. */
  readonly dir: string;
}

export interface ClusterOptions {
  readonly replicas: number;
  /** Servers to use in the place of own ones. */
  readonly services?: { readonly adminUrl: string; readonly redisUrl: string };
}

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const parts = new AsyncDisposableStack();
  try {
    return await start(options, parts);
  } catch (error) {
    await parts.disposeAsync();
    throw error;
  }
}

async function start(options: ClusterOptions, parts: AsyncDisposableStack): Promise<Cluster> {
  const servers = options.services ?? (await ownServers(parts));
  const database = parts.use(await freshDatabase({ adminUrl: servers.adminUrl }));
  const redis = parts.use(await freshRedis({ url: servers.redisUrl }));
  const dir = mkdtempSync(join(tmpdir(), 'cao-fleet-'));
  parts.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 10 }));
  const adminToken = newSecret('caot');
  const tokenFile = join(dir, 'admin-token');
  writeFileSync(tokenFile, adminToken, { mode: 0o600 });
  const env = {
    PATH: [dirname(process.execPath), process.env.PATH].join(':'),
    HOME: dir,
    LANG: 'C.UTF-8',
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(ROOT, '.cache/compiled'),
    CAO_LOG_LEVEL: 'warn',
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    CAO_REDIS_PREFIX: redis.prefix,
  };
  const service = (name: string, kind: 'api' | 'scheduler', more: Record<string, string> = {}) => {
    const logFile = join(dir, `${name}.log`);
    const made = serviceProcess({ name, service: kind, env: { ...env, ...more }, logFile, cwd: dir });
    parts.defer(() => made.kill('SIGTERM'));
    return made;
  };
  const ports: number[] = [];
  const apis: ServiceProcess[] = [];
  for (let n = 1; n <= options.replicas; n++) {
    const port = await freePort();
    const more = { CAO_PORT: String(port), CAO_ADMIN_TOKEN_FILE: tokenFile };
    ports.push(port);
    apis.push(service(`api-${n}`, 'api', more));
  }
  const scheduler = service('scheduler', 'scheduler');
  await Promise.all([...apis, scheduler].map((one) => one.start()));
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const entry = ports.length === 1 ? urls[0]! : await balance(ports, parts);
  return {
    urls,
    entry,
    apis,
    scheduler,
    adminToken,
    databaseUrl: database.url,
    redisUrl: redis.url,
    dir,
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

/** Commits wait for the disk, as in the databases that people have. */
async function ownServers(parts: AsyncDisposableStack) {
  const [postgres, redis] = await Promise.all([startPostgres({ durable: true }), startRedis()]);
  parts.defer(() => postgres.remove());
  parts.defer(() => redis.remove());
  // By its socket, as `cao up` reaches the database of its machine.
  return {
    adminUrl: `${postgres.url}?host=${encodeURIComponent(postgres.socketDir)}`,
    redisUrl: redis.url,
  };
}

async function balance(ports: readonly number[], parts: AsyncDisposableStack): Promise<string> {
  const port = await freePort();
  const args = [port, ...ports].map(String);
  const child = fork(join(ROOT, 'test/fleet/balancer.ts'), args, { execArgv: [] });
  parts.defer(async () => {
    child.disconnect();
    await once(child, 'exit');
  });
  await once(child, 'message');
  return `http://127.0.0.1:${port}`;
}
