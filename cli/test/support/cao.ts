import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled } from '../../../test/support/bundles.ts';
import { NODE_COMPILE_CACHE, PATH } from './env.ts';

const main = await bundled('cao');

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  write(text: string): void;
  endInput(): void;
  signal(name: NodeJS.Signals): void;
  /** Resolves when stdout or stderr has it; rejects when the process ends first. */
  says(text: string): Promise<void>;
}

export interface How {
  readonly url?: string;
  readonly home?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The real command as a process of its own, on pipes. */
export function startCao(args: readonly string[], how: How = {}): Running {
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      PATH,
      NODE_COMPILE_CACHE,
      HOME: tmpdir(),
      TZ: 'UTC',
      CAO_HOME: how.home ?? '/nonexistent/cao-home',
      ...(how.url === undefined ? {} : { CAO_URL: how.url, CAO_TOKEN: 'caot_test' }),
      ...how.env,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  let heard = () => {};
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
      heard();
    });
  let over = false;
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      over = true;
      resolve({ code, ...said });
      heard();
    });
  });
  child.stdin.on('error', () => {}); // it may end before it reads
  return {
    pid: child.pid!,
    ended,
    write: (text) => void child.stdin.write(text),
    endInput: () => void child.stdin.end(),
    signal: (name) => void child.kill(name),
    async says(text) {
      while (!said.stdout.includes(text) && !said.stderr.includes(text)) {
        if (over) throw new Error(`it ended without saying ${text}:\n${said.stdout}\n${said.stderr}`);
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export async function cao(args: readonly string[], how: How & { input?: string } = {}): Promise<Ended> {
  await using running = startCao(args, how);
  if (how.input !== undefined) running.write(how.input);
  running.endInput();
  return await running.ended;
}

export interface TempHome extends Disposable {
  readonly dir: string;
}

export function tempHome(): TempHome {
  const dir = mkdtempSync(join(tmpdir(), 'cao-home-'));
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}
