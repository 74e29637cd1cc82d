import { accessSync, constants, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { CaoError, type DiskCondition, type DiskTrouble, diskTable } from '@cao/contracts';
import type { Logger } from '@cao/runtime';

/** How soon what was refused is tried again. Units: ms. */
const AGAIN_MS = 1_000;
/** With less it is full: it would be in a moment, and programs beside us need some. Units: bytes. */
const LEAST_ROOM = 2 * 1024 * 1024;
/** Where a quota or a failing disk shows, and what is free does not tell. Units: bytes. */
const PROBE_BYTES = 64 * 1024;

/** One becomes a later one, and never the other way before it is over: several writes may fail in several ways. */
const WORSE: readonly DiskCondition[] = ['disk_failing', 'disk_full', 'disk_read_only'];

/** What is kept in memory until the disk takes it. */
export interface Unwritten {
  readonly what: 'events' | 'records';
  count(): number;
  /** Writes all of it; nothing when there is none. @throws the file system's error */
  write(): void;
}

/**
 * Whether the disk of the state folder takes writes. One that does not is no reason to stop: what must not be lost is kept in
 * memory and tried again, what would have to be known after a restart is not begun.
 *
 *   a write is refused ──▶ trouble, told ──▶ every second: all that is unwritten, then a probe ──▶ over, told
 */
export interface Disk {
  /** Null while it takes writes. */
  trouble(): DiskTrouble | null;
  /** @returns false when the disk refused. @throws what was no refusal of the disk. */
  attempt(write: () => void): boolean;
  /** @throws CaoError unavailable when the disk refused. */
  insist(write: () => void): void;
  /** For what must be known after a restart. @throws CaoError unavailable while there is trouble. */
  check(): void;
  /** Finds out by itself: nobody may be writing. @throws when the folder is gone */
  look(): void;
  /** Asks it again and again while there is trouble. */
  keep(unwritten: Unwritten): void;
  /** Called when trouble begins, becomes another one, and is over. @returns the function that ends it. */
  follow(listener: () => void): () => void;
  stop(): void;
}

export function watchDisk(stateDir: string, log: Logger): Disk {
  const kept: Unwritten[] = [];
  const followers = new Set<() => void>();
  let now: Pick<DiskTrouble, 'condition' | 'since'> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const count = (what: Unwritten['what']) =>
    kept.reduce((sum, one) => sum + (one.what === what ? one.count() : 0), 0);
  // Later: whoever is writing is in the middle of something.
  const tell = () =>
    queueMicrotask(() => {
      for (const follower of [...followers]) follower();
    });
  const begin = (condition: DiskCondition, error: unknown) => {
    if (now && WORSE.indexOf(condition) <= WORSE.indexOf(now.condition)) return;
    log.error({ err: error, stateDir }, `${diskTable[condition].title}: ${diskTable[condition].next}`);
    now = { condition, since: now?.since ?? new Date().toISOString() };
    timer ??= setInterval(again, AGAIN_MS).unref();
    tell();
  };
  const attempt = (write: () => void): boolean => {
    try {
      write();
      return true;
    } catch (error) {
      const condition = conditionOf(error, stateDir);
      if (condition === null) throw error;
      begin(condition, error);
      return false;
    }
  };
  const again = () => {
    const written = kept.map((one) => attempt(() => one.write()));
    if (written.includes(false) || !attempt(() => probe(stateDir))) return;
    clearInterval(timer);
    timer = undefined;
    log.info(
      { stateDir, since: now?.since },
      'the disk takes writes again, and nothing is left to be written',
    );
    now = null;
    tell();
  };

  const refusal = (): CaoError => {
    const { title, next } = diskTable[now?.condition ?? 'disk_failing'];
    return new CaoError('unavailable', `${title} (${stateDir}). ${next}`);
  };

  return {
    trouble: () => now && { ...now, events: count('events'), records: count('records') },
    attempt,
    insist(write) {
      if (!attempt(write)) throw refusal();
    },
    check() {
      if (now) throw refusal();
    },
    look() {
      attempt(() => lookAt(stateDir));
    },
    keep: (unwritten) => void kept.push(unwritten),
    follow(follower) {
      followers.add(follower);
      return () => followers.delete(follower);
    },
    stop: () => clearInterval(timer),
  };
}

/** Writes nothing. @throws the file system's error */
function lookAt(stateDir: string): void {
  accessSync(stateDir, constants.W_OK);
  checkRoom(stateDir);
}

/** @throws ENOSPC, as a write would a moment later */
function checkRoom(stateDir: string): void {
  const { blocks, bfree, bavail, bsize } = statfsSync(stateDir);
  const isRoot = process.getuid?.() === 0;
  // Some file systems do not say how large they are.
  if (blocks === 0 || (isRoot ? bfree : bavail) * bsize >= LEAST_ROOM) return;
  const error = new Error(`less than ${LEAST_ROOM} bytes are free`);
  throw Object.assign(error, { code: 'ENOSPC', syscall: 'statfs' });
}

/** @throws the file system's error */
function probe(stateDir: string): void {
  checkRoom(stateDir);
  const file = join(stateDir, 'disk-probe');
  try {
    writeFileSync(file, Buffer.alloc(PROBE_BYTES), { mode: 0o600 });
  } finally {
    rmSync(file, { force: true });
  }
}

/** Null: not of this disk, or no error of a file system at all. */
function conditionOf(error: unknown, stateDir: string): DiskCondition | null {
  const { syscall, path } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return null;
  if (path !== undefined && !`${resolve(path)}${sep}`.startsWith(`${resolve(stateDir)}${sep}`)) return null;
  const named = nameOf(error);
  if (named !== 'disk_failing') return named;
  // Node's `mkdir` with `recursive` tells EROFS as ENOENT. The folder knows better.
  try {
    lookAt(stateDir);
    return named;
  } catch (better) {
    return nameOf(better);
  }
}

function nameOf(error: unknown): DiskCondition {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'disk_full';
  return isReadOnly(error) ? 'disk_read_only' : 'disk_failing';
}

/** Node's `rmSync` tells in words alone. */
export function isReadOnly(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'EROFS' || message.includes('Read-only file system');
}
