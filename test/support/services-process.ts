import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A database that has not said "ready" by then never will; the first start on a cold disk takes a few seconds. */
const READY_DEADLINE_MS = 60_000;
/** How long an orderly stop may take before the process is killed. */
const STOP_DEADLINE_MS = 5_000;
/** Lines kept to explain a start that failed. */
const KEPT_LINES = 30;

export interface ServiceProcess {
  readonly pid: number;
  /** Asks with `signal`, kills when that is not enough, and resolves when the process is gone. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** For the way out of this process: sends and does not wait. */
  signalNow(signal: NodeJS.Signals): void;
}

export interface ServiceCommand {
  readonly file: string;
  readonly args: readonly string[];
  /** The line, on stdout or stderr, that says the service takes connections. */
  readonly ready: RegExp;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a long-running program and resolves when it says that it is ready. */
export async function startService({
  file,
  args,
  ready,
  user,
  env,
}: ServiceCommand): Promise<ServiceProcess> {
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', ...env },
    cwd: '/',
    // A session of its own: Ctrl-C in the terminal reaches the tests first, and they end this one in order.
    detached: true,
    ...user,
  });
  const exited = once(child, 'close');
  exited.catch(() => {}); // a program that is not there: `error`, reported below
  await untilReady(child, file, ready);
  return {
    pid: child.pid!,
    async stop(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS);
      await exited;
      clearTimeout(timer);
    },
    signalNow: (signal) => void child.kill(signal),
  };
}

function untilReady(child: ChildProcess, file: string, ready: RegExp): Promise<void> {
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      reject(new Error(`${file} ${why}; its last lines:\n${lines.join('\n')}`));
    };
    const timer = setTimeout(() => fail(`was not ready after ${READY_DEADLINE_MS} ms`), READY_DEADLINE_MS);
    const onData = (chunk: Buffer) => {
      lines.push(...chunk.toString().trimEnd().split('\n'));
      lines.splice(0, lines.length - KEPT_LINES);
      if (!lines.some((line) => ready.test(line))) return;
      clearTimeout(timer);
      resolve();
    };
    // The listeners stay: a pipe that nobody drains would stop the service.
    child.stdout?.on('data', onData);
    child.stderr?.on('data', onData);
    child.once('error', (cause) => fail(`could not be started (${cause.message})`));
    child.once('close', (code, signal) => fail(`ended with ${signal ?? code} before it was ready`));
  });
}
