import { link, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PostgresFailure } from './failure.ts';
import { isProcessOf, processesOf } from './processes.ts';

/** A running server of a data folder. */
export interface Postmaster {
  readonly pid: number;
  /** Of the server that runs, whatever we would choose today. */
  readonly socketFolder: string;
}

/** Postgres offers no event for the end of a process that is not our child. */
const LOOK_AGAIN_MS = 20;
/** A fast stop writes a checkpoint; a busy disk takes its time. */
const FAST_STOP_MS = 30_000;
/** After an immediate stop or a SIGKILL only the kernel has work left. */
const HARD_STOP_MS = 10_000;
/** Postgres writes a lock file right after it has made it: one that stays empty is of a start that died. */
export const EMPTY_LOCK_MS = 4_000;
/** A backend without a postmaster ends when it next waits, or by SIGTERM; after that it is stuck. */
const ORPHAN_TERM_MS = 5_000;

/** postmaster.pid has the pid in its first line and the socket's folder in its fifth (miscadmin.h, LOCK_FILE_LINE_*). */
const pidFile = (data: string) => join(data, 'postmaster.pid');

/** The server that runs on this data folder. A file left by a dead one is not believed. */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const lines = (await readText(pidFile(data))).split('\n');
  const pid = Number(lines[0]);
  const socketFolder = lines[4];
  if (!pid || !socketFolder || !(await isProcessOf(pid, data))) return undefined;
  return { pid, socketFolder };
}

const readText = (file: string) => readFile(file, 'utf8').catch(() => '');

/**
 * Removes lock files whose number now belongs to a living process of someone else (after a reboot, or a zombie in a
 * container): Postgres takes that process for its postmaster and refuses to start. Dead numbers it handles itself. It
 * refuses an empty one too.
 */
export async function removeStaleLocks(data: string, socket: string): Promise<void> {
  for (const file of [pidFile(data), `${socket}.lock`]) {
    const seen = await readText(file);
    const pid = Number(seen.split('\n')[0]);
    if (seen === '' ? !(await isOld(file)) : !pid || !isAlive(pid) || (await isProcessOf(pid, data)))
      continue;
    // Moved first and looked at again: another process may have started a server in between.
    const aside = `${file}.stale-${process.pid}`;
    await rename(file, aside).catch(() => {}); // someone else has moved it
    const moved = await readText(aside);
    if (moved !== '' && moved !== seen) await link(aside, file).catch(() => {}); // there is a newer one already
    await rm(aside, { force: true });
  }
}

const isOld = async (file: string) => {
  const made = (await stat(file).catch(() => undefined))?.mtimeMs;
  return made !== undefined && Date.now() - made > EMPTY_LOCK_MS;
};

/** Ends backends that outlived their postmaster: as long as one holds the shared memory, no server can start. */
export async function endOrphans(data: string, clusterName: string): Promise<number> {
  const found = await processesOf(data, clusterName);
  const gone = async () => (await processesOf(data, clusterName)).length === 0;
  signal(found, 'SIGTERM');
  if (!(await within(ORPHAN_TERM_MS, gone))) {
    signal(await processesOf(data, clusterName), 'SIGKILL');
    await within(HARD_STOP_MS, gone);
  }
  return found.length;
}

/** A fast stop: open transactions are rolled back and connections closed. Nothing to do when none runs. */
export async function stopPostmaster(data: string): Promise<void> {
  const running = await findPostmaster(data);
  if (!running) return;
  const gone = async () => !(await isProcessOf(running.pid, data));
  signal([running.pid], 'SIGINT');
  if (await within(FAST_STOP_MS, gone)) return;
  signal([running.pid], 'SIGQUIT'); // immediate: the next start recovers from the log
  if (await within(HARD_STOP_MS, gone)) return;
  throw new PostgresFailure(
    `Postgres (pid ${running.pid}) does not stop`,
    `Look at what holds it up (often the disk), or end it: kill -9 ${running.pid}. The next start recovers its data.`,
  );
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids)
    try {
      process.kill(pid, name);
    } catch {
      // it has ended meanwhile
    }
}

async function within(ms: number, condition: () => Promise<boolean>): Promise<boolean> {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) return false;
    await pause(LOOK_AGAIN_MS);
  }
  return true;
}
