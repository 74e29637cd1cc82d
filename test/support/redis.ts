import { rmSync } from 'node:fs';
import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type ServiceProcess, startService } from './services-process.ts';

/** A Redis of our own on a Unix socket, in a folder that goes with it. */
export interface LocalRedis {
  /** The path of its Unix socket. The same after every restart. */
  readonly url: string;
  start(): Promise<void>;
  /** Orderly: what was acknowledged is there after the next `start`. */
  stop(): Promise<void>;
  /** SIGKILL: with an append-only file that is synced each second, the last second may be lost. */
  kill(): Promise<void>;
  /** Stops the clock of the server: it takes connections and answers nothing, until `resume`. */
  pause(): void;
  resume(): void;
  remove(): Promise<void>;
  /** The same without waiting, for the way out of this process. */
  removeNow(): void;
}

/** @throws Error when this machine has none. */
export async function redisProgram(): Promise<string> {
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const file = join(folder, name);
      const runs = await access(file, constants.X_OK).then(
        () => true,
        () => false,
      );
      if (runs) return file;
    }
  }
  throw new Error('no Redis: install redis-server (Debian: `apt-get install redis-server`)');
}

export async function startRedis(): Promise<LocalRedis> {
  const file = await redisProgram();
  const dir = await mkdtemp(join(tmpdir(), 'cao-redis-'));
  const socket = join(dir, 'redis.sock');
  const args = ['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--dir', dir, '--save', ''];
  args.push('--appendonly', 'yes', '--maxmemory-policy', 'noeviction');
  let service: ServiceProcess | undefined;
  const end = async (signal: NodeJS.Signals) => {
    const ending = service;
    service = undefined;
    await ending?.stop(signal);
  };
  const redis: LocalRedis = {
    url: socket,
    async start() {
      service ??= await startService({ file, args, ready: /eady to accept connections/ });
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => service?.signalNow('SIGSTOP'),
    resume: () => service?.signalNow('SIGCONT'),
    async remove() {
      await end('SIGKILL'); // nobody will read this data again
      await rm(dir, { recursive: true, force: true });
    },
    removeNow() {
      service?.signalNow('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
  try {
    await redis.start();
    return redis;
  } catch (cause) {
    await redis.remove();
    throw cause;
  }
}
