import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makePrivateDir } from '../home.ts';

/** At a start, a longer log becomes `.1`: two of them are the most that a service keeps. Units: bytes. */
const MAX_LOG_BYTES = 20 * 1024 * 1024;
/** How Node prints an uncaught error, its cause last; its stack and fields follow and bury it. */
const THROWN = /^\s*(\[?cause\]?: )?\w*Error( \[\w+\])?: /;
const TAIL_BYTES = 8 * 1024;

/** Opens a private log for appending. `from`: where the lines of this start begin. */
export function openLog(path: string): { fd: number; from: number } {
  makePrivateDir(dirname(path));
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
  const fd = openSync(path, 'a', 0o600);
  return { fd, from: fstatSync(fd).size };
}

/**
 * What the end of a log, after `from`, says of a failure: the error that ended the process when there is one, else the
 * last lines. Those of pino are shown as their message and error.
 */
export function tailOf(path: string, from: number, lines: number): string[] {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(from, size - TAIL_BYTES);
    const buffer = Buffer.alloc(size - start);
    readSync(fd, buffer, 0, buffer.length, start);
    const all = buffer.toString('utf8').split('\n').filter(Boolean);
    const thrown = all.findLast((line) => THROWN.test(line));
    return thrown === undefined ? all.map(readable).slice(-lines) : [thrown.trim()];
  } finally {
    closeSync(fd);
  }
}

function readable(line: string): string {
  try {
    const entry = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    const parts = [entry.msg, entry.err?.message].filter((part) => part !== undefined);
    return parts.join(': ') || line;
  } catch {
    return line;
  }
}
