import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceProcess } from '../support/stack/service-process.ts';

/** Before a start that failed is tried again, as a unit of systemd would. Units: ms. */
const AGAIN_MS = 500;

/** Keeps the services of a stack up, as systemd would, and knows which of their ends were no fault of ours. */
export interface Keeper {
  /** SIGKILL; up again after so many ms. Resolves when it is ready. */
  restart(process: ServiceProcess, downMs: number): Promise<void>;
  /** SIGSTOP for so many ms. */
  freeze(process: ServiceProcess, ms: number): Promise<void>;
  /** Processes that ended by themselves, with the last lines of their log. */
  readonly crashes: readonly string[];
  /** Nothing is started again from now on. */
  stop(): void;
}

export function keeperOf(processes: readonly ServiceProcess[]): Keeper {
  const crashes: string[] = [];
  const meant = new Set<ServiceProcess>();
  const tails = new Map<ServiceProcess, Promise<void>>();
  let stopped = false;

  /** One thing at a time for each process: two faults may hit the same one. */
  const inTurn = (process: ServiceProcess, work: () => Promise<void>): Promise<void> => {
    const done = (tails.get(process) ?? Promise.resolve()).then(work);
    tails.set(process, done);
    return done;
  };
  const start = async (process: ServiceProcess) => {
    while (!stopped) {
      try {
        await process.start();
        return watch(process);
      } catch {
        // What it needs is away, or it has not linked yet: the next start may find it.
        await process.kill();
        await pause(AGAIN_MS);
      }
    }
  };
  const watch = (process: ServiceProcess) => {
    void process.ended().then(async () => {
      if (stopped || meant.delete(process)) return;
      crashes.push(`${process.name} ended by itself:\n${process.log().slice(-2_000)}`);
      await inTurn(process, () => start(process));
    });
  };
  processes.forEach(watch);

  return {
    crashes,
    restart: (process, downMs) =>
      inTurn(process, async () => {
        meant.add(process);
        await process.kill();
        await pause(downMs);
        await start(process);
      }),
    freeze: (process, ms) =>
      inTurn(process, async () => {
        process.pause();
        await pause(ms);
        process.resume();
      }),
    stop() {
      stopped = true;
    },
  };
}
