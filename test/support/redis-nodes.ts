import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '@cao/runtime';
import { Redis } from 'ioredis';
import { redisProgram } from './redis.ts';
import { type ServiceProcess, startService } from './services-process.ts';

/** One Redis of several, on a TCP port of loopback that it keeps. */
export interface RedisNode {
  readonly port: number;
  start(): Promise<void>;
  end(signal: NodeJS.Signals): Promise<void>;
}

/** Redis processes that belong together, in a folder that goes with them. */
export interface RedisNodes {
  /** `lines` is its configuration; what it writes into that file itself survives its restarts. */
  add(name: string, lines: (port: number) => readonly string[], sentinel?: 'sentinel'): Promise<RedisNode>;
  all(): readonly RedisNode[];
  remove(): Promise<void>;
}

const COMMON = ['bind 127.0.0.1', 'save ""', 'appendonly yes', 'maxmemory-policy noeviction'];

export async function redisNodes(): Promise<RedisNodes> {
  const file = await redisProgram();
  const home = await mkdtemp(join(tmpdir(), 'cao-redis-'));
  const nodes: RedisNode[] = [];
  return {
    all: () => nodes,
    async add(name, lines, sentinel) {
      const port = await freePort();
      const dir = join(home, name);
      const config = join(dir, 'redis.conf');
      await mkdir(dir);
      const own = [`port ${port}`, `dir ${dir}`, ...(sentinel ? ['bind 127.0.0.1'] : COMMON), ...lines(port)];
      await writeFile(config, own.map((line) => `${line}\n`).join(''));
      let service: ServiceProcess | undefined;
      const node: RedisNode = {
        port,
        async start() {
          service ??= await startService({
            file,
            args: [config, ...(sentinel ? ['--sentinel'] : [])],
            ready: sentinel ? /\+monitor master/ : /eady to accept connections/,
          });
        },
        async end(signal) {
          const ending = service;
          service = undefined;
          await ending?.stop(signal);
        },
      };
      nodes.push(node);
      await node.start();
      return node;
    },
    async remove() {
      await Promise.all(nodes.map((node) => node.end('SIGKILL')));
      if (existsSync(home)) await rm(home, { recursive: true, force: true });
    },
  };
}

/** How long nodes may take to find each other. Units: ms. */
const AGREE_MS = 30_000;

/** Asks until the answer is yes; an error of the node counts as no. These servers tell nobody when they agree. */
export async function agreed(what: string, ask: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + AGREE_MS;
  while (!(await ask().catch(() => false))) {
    if (performance.now() > until) throw new Error(`${what}: not after ${AGREE_MS} ms`);
    await pause(50);
  }
}

/** One connection for the time of `work`. */
export async function withNode<T>(port: number, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({ port, host: '127.0.0.1', retryStrategy: () => null, lazyConnect: true });
  redis.on('error', () => {}); // the command that meets it rejects
  try {
    await redis.connect();
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}
