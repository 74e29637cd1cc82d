import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundled, type Service } from '../bundles.ts';

/** A service that does not say `ready` in this time has failed; the machine may be very busy. Units: ms. */
const READY_MS = 40_000;

/** One service of a stack as a real process, which a test may kill, stop and start again. */
export interface ServiceProcess {
  readonly name: string;
  readonly pid: number | undefined;
  /** @param wrap put before the command, this once */
  start(extraEnv?: Record<string, string>, wrap?: readonly string[]): Promise<void>;
  /** Resolves once it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  pause(): void;
  resume(): void;
  /** Resolves when it ends by itself, as at a failpoint. */
  ended(): Promise<void>;
  log(): string;
}

export interface ServiceOptions {
  readonly name: string;
  readonly service: Service;
  readonly env: Record<string, string>;
  readonly logFile: string;
  /** Put before the command: `ip netns exec NAME`. */
  readonly wrap?: readonly string[];
  readonly cwd: string;
  /** Where the source is that runs, instead of this repository's. */
  readonly root?: string | undefined;
}

export function serviceProcess(options: ServiceOptions): ServiceProcess {
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();
  const { root, service } = options;
  const program = async () =>
    root === undefined
      ? [await bundled(service)]
      : ['--conditions=@cao/source', join(root, 'services', service, 'src/main.ts')];
  return {
    name: options.name,
    get pid() {
      return child?.pid;
    },
    async start(extraEnv = {}, wrap = []) {
      appendFileSync(options.logFile, '');
      const fd = openSync(options.logFile, 'a');
      const argv = [...wrap, ...(options.wrap ?? []), process.execPath, ...(await program())];
      const mine = spawn(argv[0]!, argv.slice(1), {
        cwd: options.cwd,
        env: { ...options.env, ...extraEnv },
        stdio: ['ignore', fd, fd, 'ipc'],
      });
      child = mine;
      gone = new Promise((resolve) => mine.once('exit', () => resolve()));
      await new Promise<void>((resolve, reject) => {
        const late = setTimeout(
          () =>
            reject(new Error(`${options.name} was not ready in ${READY_MS} ms:\n${this.log().slice(-2000)}`)),
          READY_MS,
        );
        mine.on('message', () => {
          clearTimeout(late);
          resolve();
        });
        mine.once('exit', (code, signal) => {
          clearTimeout(late);
          // A failpoint may end it before it is ready; whoever armed it waits for `ended`.
          if (extraEnv.CAO_FAILPOINTS) resolve();
          else
            reject(
              new Error(
                `${options.name} ended (${signal ?? code}) before it was ready:\n${this.log().slice(-2000)}`,
              ),
            );
        });
      });
    },
    async kill(signal = 'SIGKILL') {
      child?.kill(signal);
      await gone;
    },
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    ended: () => gone,
    log: () => readFileSync(options.logFile, 'utf8'),
  };
}
