import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('..', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface How {
  /** Lies told to the process about itself before anything of ours runs. */
  readonly version?: string;
  readonly uid?: number;
  readonly env?: Record<string, string>;
}

/** A fresh clone (in a path with a space), an empty HOME, and a PATH with nothing on it but what a test puts there. */
export interface Clone extends AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  readonly bin: string;
  /** A small /bin/sh program on the PATH. Each run appends `name arguments…` to the journal first. */
  program(name: string, body?: string): Promise<void>;
  file(path: string, content: string): Promise<void>;
  journal(): Promise<string[]>;
  start(args: readonly string[], how?: How): ChildProcess;
  run(args: readonly string[], how?: How): Promise<Ended>;
}

export async function freshClone(): Promise<Clone> {
  const top = await mkdtemp(join(tmpdir(), 'cao-bootstrap-'));
  const folder = join(top, 'a clone');
  const home = join(top, 'home');
  const bin = join(top, 'bin');
  const journal = join(top, 'journal');
  await Promise.all([home, bin].map((path) => mkdir(path)));
  // Who is told to be another user must get as far as a real one would.
  await chmod(top, 0o755);
  await cp(sources, join(folder, 'infra', 'bootstrap'), { recursive: true });
  await writeFile(join(folder, 'package-lock.json'), '{"packages":{"":{}}}');

  const clone: Clone = {
    folder,
    home,
    bin,
    async program(name, body = '') {
      const path = join(bin, name);
      await writeFile(path, `#!/bin/sh\necho "${name} $*" >> "${journal}"\n${body}\n`, { mode: 0o755 });
    },
    async file(path, content) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    },
    async journal() {
      return (await readFile(journal, 'utf8').catch(() => '')).split('\n').filter(Boolean);
    },
    start(args, { version, uid, env } = {}) {
      const lies = [
        version && `Object.defineProperty(process, 'version', { value: '${version}' });`,
        uid !== undefined && `process.getuid = () => ${uid};`,
      ].filter(Boolean);
      const preload = lies.length
        ? ['--import', `data:text/javascript,${encodeURIComponent(lies.join(''))}`]
        : [];
      return spawn(process.execPath, [...preload, join(folder, 'infra/bootstrap/main.mjs'), ...args], {
        cwd: folder,
        env: { PATH: bin, HOME: home, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    },
    async run(args, how) {
      const child = clone.start(args, how);
      let stdout = '';
      let stderr = '';
      child.stdout?.on('data', (chunk) => {
        stdout += chunk;
      });
      child.stderr?.on('data', (chunk) => {
        stderr += chunk;
      });
      const [code] = await once(child, 'close');
      return { code, stdout, stderr };
    },
    [Symbol.asyncDispose]: () => rm(top, { recursive: true, force: true }),
  };
  return clone;
}

/** A clone where nothing is missing: what runs in the end is `program`, in place of the built command line. */
export async function readyClone(program = ''): Promise<Clone> {
  const clone = await freshClone();
  await clone.program('tmux', 'echo "tmux 3.3a"');
  await clone.program('git');
  await clone.program('npm', '/bin/mkdir -p node_modules');
  await clone.program('tsc', '/bin/mkdir -p cli/dist && /bin/cp cli/src/main.js cli/dist/main.js');
  await clone.file('cli/src/main.js', program);
  return clone;
}
