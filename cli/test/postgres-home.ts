import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { preparePlace } from '../src/up/postgres/place.ts';
import { stopPostmaster } from '../src/up/postgres/postmaster.ts';
import { NODE_COMPILE_CACHE } from './support/env.ts';

const starter = fileURLToPath(new URL('./postgres-starter.ts', import.meta.url));

/** Whoever the starting process runs as. */
export interface Who {
  readonly name: string;
  readonly ids?: { readonly uid: number; readonly gid: number };
}

/**
 * Root's databases lie elsewhere and run as another user, so as root both are tried, the plain user as `nobody`.
 * Another user may not be able to read this clone or this Node: then `skipped` says so.
 */
export function everyone(): { who: Who[]; skipped: string | undefined } {
  if (process.getuid?.() !== 0) return { who: [{ name: 'a plain user' }], skipped: undefined };
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  const ids = { uid: id('-u'), gid: id('-g') };
  const reads = spawnSync(process.execPath, ['--check', starter], { ...ids, cwd: '/', env: {} }).status === 0;
  const root: Who = { name: 'root' };
  return reads
    ? { who: [root, { name: 'a plain user', ids }], skipped: undefined }
    : { who: [root], skipped: 'this clone or this Node cannot be read by another user' };
}

interface Said {
  readonly url: string;
  readonly note: string | null;
  readonly logged: string[];
  readonly message: string;
  readonly name: string;
}

/** A process that starts the database. */
export interface Starter {
  readonly process: ChildProcess;
  /** The first line that begins with the word. */
  hears(word: 'ready' | 'failed' | 'stopped' | 'log'): Promise<Said>;
  stop(): Promise<void>;
  /** Ends the process and leaves the database be. */
  leave(signal?: NodeJS.Signals): Promise<void>;
}

export interface Home extends AsyncDisposable {
  readonly path: string;
  start(): Starter;
  /** Starts, and fails the test with the message when that fails. */
  ready(): Promise<Starter & Said>;
  data(): Promise<string>;
  postmaster(): Promise<number>;
}

/** A CAO_HOME whose database, folders and processes go with it. */
export async function aHome(who: Who, path?: string): Promise<Home> {
  const top = path ? undefined : await realpath(await mkdtemp(join(tmpdir(), 'cao-home-')));
  const home = path ?? join(top ?? '', 'my cao');
  if (top && who.ids) await chown(top, who.ids.uid, who.ids.gid);
  const starters: Starter[] = [];
  // Asked of the code itself, so that what it makes anywhere is found and removed again.
  const place = () => preparePlace(home);
  const isRoots = who.ids === undefined && process.getuid?.() === 0;
  const base = async () => (isRoots ? (await place()).base : join(home, 'postgres'));
  const data = async () => join(await base(), 'cluster', 'data');
  const start = () => {
    const made = launch(home, who);
    starters.push(made);
    return made;
  };
  return {
    path: home,
    start,
    async ready() {
      const made = start();
      const said = await Promise.race([
        made.hears('ready'),
        made.hears('failed').then(({ message }) => Promise.reject(new Error(message))),
      ]);
      return { ...made, ...said };
    },
    data,
    async postmaster() {
      return Number((await readFile(join(await data(), 'postmaster.pid'), 'utf8')).split('\n')[0]);
    },
    async [Symbol.asyncDispose]() {
      for (const one of starters) await one.leave('SIGKILL');
      if (isRoots) {
        const { base, data, socketFolder } = await place();
        await stopPostmaster(data);
        for (const made of [base, socketFolder]) await rm(made, { recursive: true, force: true });
      } else await stopPostmaster(await data());
      if (top) await rm(top, { recursive: true, force: true });
    },
  };
}

export function launch(home: string, who: Who): Starter {
  // A group of its own stands for a terminal's foreground group.
  const child = spawn(process.execPath, ['--conditions=@cao/source', starter, home], {
    ...who.ids,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', NODE_COMPILE_CACHE },
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin?.on('error', () => {}); // it may have been killed
  const closed = once(child, 'close');
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  const hears = (word: string) =>
    new Promise<Said>((resolve) => {
      const look = () => {
        const line = lines.find((one) => one.startsWith(`${word} `));
        if (!line) return;
        waiting.delete(look);
        resolve(JSON.parse(line.slice(word.length)));
      };
      waiting.add(look);
      look();
    });
  return {
    process: child,
    hears,
    async stop() {
      child.stdin?.write('stop\n');
      await hears('stopped');
    },
    async leave(signal) {
      if (signal) child.kill(signal);
      child.stdin?.end();
      await closed;
    },
  };
}
