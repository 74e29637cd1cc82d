import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A program in a pane of a tmux server of its own, driven by plain tmux commands. */
export interface Pane {
  readonly dir: string;
  paste(text: string): Promise<void>;
  keys(...names: string[]): Promise<void>;
  /** Visible text; `withAttributes` keeps the escape sequences. */
  capture(withAttributes?: boolean): Promise<string>;
  /** Resolves with the screen when it satisfies `holds`. @throws Error with the last screen after `UNTIL_MS`. */
  until(holds: (screen: string) => boolean): Promise<string>;
  /** Exit code of the program once it has ended. */
  exitCode(): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A hang, not slowness: the machine may be busy with other tests. */
const UNTIL_MS = 30_000;
const LOOK_AGAIN_MS = 30;
const run = promisify(execFile);
/** tmux 3.3a loses the status of a pane that ends its output before it is reaped: the shell writes it down. */
const KEEP_CODE = '"$@"; echo $? > exit-code';

export async function startPane(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Pane> {
  const dir = mkdtempSync(join(tmpdir(), 'cao-pane-'));
  const socket = join(dir, 'tmux.sock');
  const codeFile = join(dir, 'exit-code');
  const tmux = async (...args: string[]) => (await run('tmux', ['-u', '-S', socket, ...args])).stdout;
  const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  execFileSync(
    'tmux',
    ['-u', '-S', socket, '-f', '/dev/null', 'new-session', '-d', '-x', '120', '-y', '40', 'sleep 1000'],
    {
      env: { PATH: process.env.PATH, HOME: dir, TERM: 'xterm-256color' },
    },
  );
  await tmux('set-option', '-g', 'remain-on-exit', 'on');
  await tmux(
    'respawn-pane',
    '-k',
    '-t',
    ':0.0',
    '-c',
    dir,
    '--',
    '/usr/bin/env',
    ...words,
    'sh',
    '-c',
    KEEP_CODE,
    'sh',
    ...argv,
  );

  const capture = (withAttributes = false) =>
    tmux('capture-pane', '-p', ...(withAttributes ? ['-e'] : []), '-t', ':0.0');
  const until = async <T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> => {
    const end = performance.now() + UNTIL_MS;
    for (;;) {
      const seen = await look();
      if (holds(seen)) return seen;
      if (performance.now() > end) throw new Error(`not seen within ${UNTIL_MS} ms; last:\n${String(seen)}`);
      await pause(LOOK_AGAIN_MS);
    }
  };
  return {
    dir,
    async paste(text) {
      const loading = run('tmux', ['-S', socket, 'load-buffer', '-b', 'text', '-']);
      loading.child.stdin?.end(text);
      await loading;
      await tmux('paste-buffer', '-p', '-d', '-b', 'text', '-t', ':0.0');
    },
    keys: async (...names) => void (await tmux('send-keys', '-t', ':0.0', ...names)),
    capture,
    until: (holds) => until(() => capture(), holds),
    async exitCode() {
      const look = async () => (existsSync(codeFile) ? readFileSync(codeFile, 'utf8') : '');
      return Number(await until(look, (seen) => seen.endsWith('\n')));
    },
    async [Symbol.asyncDispose]() {
      const pid = Number(await tmux('display-message', '-p', '-t', ':0.0', '#{pane_pid}').catch(() => '0'));
      if (pid > 0) {
        hangUp(pid);
        // A program that is told to leave still writes for a moment, also into its folder. Signal 0 would also find what
        // nobody has reaped yet, so `ps` is asked.
        const living = async () => {
          const lines = (await run('ps', ['-A', '-o', 'pgid=,stat='])).stdout.split('\n');
          return lines.filter((line) => new RegExp(`^\\s*${pid}\\s+[^Z]`).test(line)).length;
        };
        await until(living, (count) => count === 0);
      }
      await tmux('kill-server').catch(() => '');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function hangUp(group: number): void {
  try {
    process.kill(-group, 'SIGHUP');
  } catch {
    // It left by itself in between.
  }
}
