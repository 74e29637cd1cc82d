import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { CliError } from '../exit.ts';
import { openLog, tailOf } from './log-file.ts';

export interface ChildOptions {
  readonly name: string;
  /** Arguments of Node. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Said to the person: a death and what follows. */
  say(line: string): void;
}

/** A process that is started again whenever it ends without being asked to. */
export interface Child {
  /** What it said when it was ready for the first time. */
  readonly ready: Promise<Readonly<Record<string, unknown>>>;
  readonly pid: number | undefined;
  /** SIGTERM, then after a grace SIGKILL. Idempotent. */
  stop(): Promise<void>;
}

/** Before a dead one is started again, doubled up to the last; it has healed when it ran for `stable`. Units: ms. */
const RESTART_MS = { first: 200, last: 10_000, stable: 30_000 };
/** The services end themselves 10 s after SIGTERM; one that has not by then is stuck in the kernel or stopped. Units: ms. */
const GRACE_MS = 12_000;
/** Lines of the log that are shown when the first start fails. */
const SHOWN_LINES = 6;

export function superviseChild(options: ChildOptions): Child {
  const { name, logFile } = options;
  const ready = Promise.withResolvers<Readonly<Record<string, unknown>>>();
  ready.promise.catch(() => {}); // told to whoever awaits it
  const stopping = new AbortController();
  let wasReady = false;
  let current: ChildProcess | undefined;
  let stopped: Promise<void> | undefined;
  // On a forced exit nobody would end it: not even the closed channel, when it hangs.
  const killNow = () => void current?.kill('SIGKILL');
  process.on('exit', killNow);

  const runOnce = async () => {
    const log = openLog(logFile);
    const child = spawn(process.execPath, options.argv, {
      env: options.env,
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
      // A group of its own: Ctrl-C goes to this process alone, which then stops them in order.
      detached: true,
    });
    closeSync(log.fd);
    current = child;
    let restarting: string | undefined;
    child.on('message', (message: { type?: string; why?: string }) => {
      if (message?.type === 'restarting') restarting = message.why ?? '';
      if (message?.type !== 'ready') return;
      wasReady = true;
      ready.resolve(message as Record<string, unknown>);
    });
    const how = await new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`));
    });
    current = undefined;
    return { how, from: log.from, restarting };
  };

  const loop = async () => {
    let wait = RESTART_MS.first;
    for (;;) {
      const began = Date.now();
      const { how, from, restarting } = await runOnce();
      if (stopping.signal.aborted) return;
      if (restarting !== undefined) {
        options.say(`${name} begins again: ${restarting}`);
        continue;
      }
      if (!wasReady) {
        const lines = tailOf(logFile, from, SHOWN_LINES).map((line) => `\n    ${line}`);
        return ready.reject(
          new CliError(
            'unavailable',
            `${name} could not start (${how})${lines.join('')}`,
            `Its log is ${logFile}.`,
          ),
        );
      }
      if (Date.now() - began > RESTART_MS.stable) wait = RESTART_MS.first;
      options.say(`${name} ended (${how}); starting it again in ${wait / 1000} s, log: ${logFile}`);
      await pause(wait, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      wait = Math.min(wait * 2, RESTART_MS.last);
    }
  };
  const ended = loop().catch((cause) => ready.reject(cause));

  const stop = async () => {
    stopping.abort();
    const child = current;
    const force = setTimeout(() => child?.kill('SIGKILL'), GRACE_MS);
    child?.kill('SIGTERM');
    await ended;
    clearTimeout(force);
    process.off('exit', killNow);
  };
  return {
    ready: ready.promise,
    get pid() {
      return current?.pid;
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}
