import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, SERVER_MEMORY } from '@cao/runtime';
import { memoryFolder } from './memory-folder.ts';
import { findPostgres, type OsUser, postgresUser, reachable } from './postgres-binaries.ts';
import { signalTree } from './process-tree.ts';
import { type ServiceProcess, startService } from './services-process.ts';

const run = promisify(execFile);

/** A Postgres of our own: its socket and its data lie in folders that go with it. */
export interface LocalPostgres {
  /** Superuser, database `postgres`, TCP on loopback. The same after every restart. */
  readonly url: string;
  readonly socketDir: string;
  readonly from: string;
  start(): Promise<void>;
  /** `fast` rolls back and disconnects; `immediate` is a crash: the next start recovers. */
  stop(how?: 'fast' | 'immediate'): Promise<void>;
  /** Stops the clock of the server and of its children, until `resume`. */
  pause(): void;
  resume(): void;
  /** Stops and removes the folder. */
  remove(): Promise<void>;
  /** The same without waiting, for the way out of this process. */
  removeNow(): void;
}

/** Throws away what a crash of the machine would need. */
const CARELESS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_wal_size: '256MB' };
/** 300 connections for many stacks at once. */
const SETTINGS = {
  max_connections: '300',
  shared_buffers: '64MB',
  listen_addresses: '127.0.0.1',
};

/**
 * Initialises and starts one, from whichever binaries this machine has. `durable`: a commit waits for the disk, as in
 * the databases that people have.
 */
export async function startPostgres({ durable = false } = {}): Promise<LocalPostgres> {
  const found = await findPostgres();
  if (!found)
    throw new Error('no Postgres: run `npm install` (it brings the binaries), or install postgresql');
  const user = await postgresUser();
  const dir = await mkdtemp(join(tmpdir(), 'cao-pg-'));
  const data = await mkdtemp(join((durable ? null : await memoryFolder()) ?? dir, 'cao-pg-data-'));
  try {
    await chmod(dir, 0o755); // the binaries may be copied into it; the data folder itself is 0700
    const binaries = user ? await reachable(found, dir) : found;
    if (user) for (const folder of [dir, data]) await chown(folder, user.uid, user.gid);
    const password = randomBytes(12).toString('hex');
    await initialise(binaries.initdb, data, dir, password, user);
    const port = await freePort();
    const args = ['-D', data, '-c', `port=${port}`, '-c', `unix_socket_directories=${dir}`];
    for (const [name, value] of Object.entries({ ...SETTINGS, ...(durable ? {} : CARELESS) }))
      args.push('-c', `${name}=${value}`);

    let service: ServiceProcess | undefined;
    const postgres: LocalPostgres = {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      socketDir: dir,
      from: binaries.from,
      async start() {
        const ready = /database system is ready to accept connections/;
        service ??= await startService({ file: binaries.postgres, args, ready, user, env: SERVER_MEMORY });
      },
      async stop(how = 'fast') {
        const stopping = service;
        service = undefined;
        await stopping?.stop(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
      },
      pause: () => service && signalTree(service.pid, 'SIGSTOP'),
      resume: () => service && signalTree(service.pid, 'SIGCONT'),
      async remove() {
        await postgres.stop('immediate'); // nobody will read this data again
        await remove([dir, data]);
      },
      removeNow() {
        service?.signalNow('SIGQUIT');
        for (const folder of [dir, data]) removeWhileItDies(folder);
      },
    };
    await postgres.start();
    return postgres;
  } catch (cause) {
    await remove([dir, data]);
    throw cause;
  }
}

async function remove(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}

/** Its processes still write for some ten milliseconds; nothing but this thread is left to wait for them. */
function removeWhileItDies(dir: string): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  // Asked, not believed: with `force`, rmSync returns in silence when a file appeared behind it.
  for (let tries = 0; existsSync(dir) && tries < 50; tries++) {
    if (tries > 0) Atomics.wait(pause, 0, 0, 20);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A password although it listens on loopback only: other users of the machine are not invited. */
async function initialise(initdb: string, data: string, dir: string, password: string, user?: OsUser) {
  const passwordFile = join(dir, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user) await chown(passwordFile, user.uid, user.gid);
  const args = ['-D', data, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  await run(initdb, [...args, '-E', 'UTF8', '--locale=C', '--no-sync'], { cwd: '/', ...user });
  await rm(passwordFile);
}
