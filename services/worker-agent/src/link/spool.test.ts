import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentEvent } from '@cao/contracts';
import { silentLogger } from '@cao/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Disk, watchDisk } from '../state/disk.ts';
import { openSpool, type SpoolOptions } from './spool.ts';

let dir: string;
const disks: Disk[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cao-spool-'));
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  for (const disk of disks.splice(0)) disk.stop();
  rmSync(dir, { recursive: true });
});

const file = () => join(dir, 'spool.jsonl');
const lines = () => readFileSync(file(), 'utf8').split('\n');
const closed = (reason: string): AgentEvent => ({
  kind: 'closed',
  terminal: 'a1234567',
  epoch: 1,
  reason,
  failure: null,
  workspace: null,
});
const status = (evidence: string): AgentEvent => ({
  kind: 'status',
  terminal: 'a1234567',
  epoch: 1,
  status: 'idle',
  source: 'hook',
  evidence,
});
const noSpace = () => Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });

/** A disk with room for so many bytes more: what does not fit is written as far as it does, and then refused. */
const room = { left: Number.POSITIVE_INFINITY };
const write: SpoolOptions['write'] = (fd, bytes, position) => {
  if (room.left === 0) throw noSpace();
  const written = writeSync(fd, bytes, 0, Math.min(bytes.length, room.left), position);
  room.left -= written;
  return written;
};
/** One life of the worker-agent. */
const live = (more: Partial<SpoolOptions> = {}) => {
  const disk = watchDisk(dir, silentLogger);
  disks.push(disk);
  return { disk, spool: openSpool({ stateDir: dir, disk, log: silentLogger, write, ...more }) };
};
const told = (spool: ReturnType<typeof openSpool>, after = 0) =>
  spool.after(after, 1_000).map(({ n, event }) => [n, event.kind === 'closed' ? event.reason : event.kind]);

test('what a full disk does not take is kept in its place, and written when there is room', () => {
  const { disk, spool } = live();
  spool.ack(0);
  spool.append(closed('one'));
  const whole = readFileSync(file(), 'utf8');
  room.left = 20;
  expect(spool.append(closed('two'))?.n).toBe(2);
  spool.append(closed('three'));
  expect(disk.trouble()).toMatchObject({ condition: 'disk_full', events: 2, records: 0 });
  // Half a line was there for a moment.
  expect(readFileSync(file(), 'utf8')).toBe(whole);
  expect(told(spool)).toEqual([
    [1, 'one'],
    [2, 'two'],
    [3, 'three'],
  ]);

  room.left = Number.POSITIVE_INFINITY;
  vi.advanceTimersByTime(1_000);
  expect(disk.trouble()).toBeNull();
  spool.append(closed('four'));
  expect(told(live().spool).map(([, reason]) => reason)).toEqual(['one', 'two', 'three', 'four']);
});

test('what the api has committed needs no disk: a life that wrote nothing of it is followed by one that doubles no number', () => {
  const first = live().spool;
  first.ack(0);
  first.append(closed('one'));
  room.left = 0;
  for (const reason of ['two', 'three']) first.append(closed(reason));
  first.ack(3);

  // Killed, and the disk is still full. What happened by then has no number that anybody knows.
  const second = live().spool;
  second.append(closed('four'));
  second.ack(3);
  expect(told(second, 3)).toEqual([[4, 'four']]);
  room.left = Number.POSITIVE_INFINITY;
  second.append(closed('five'));
  expect(told(live().spool)).toEqual([
    [4, 'four'],
    [5, 'five'],
  ]);
});

test('a life that was never linked leaves events without a number, whoever had told what', () => {
  const first = live().spool;
  first.ack(0);
  first.append(closed('one'));
  room.left = 0;
  first.append(closed('two'));
  first.ack(2);
  room.left = Number.POSITIVE_INFINITY;
  live().spool.append(closed('three'));

  const third = live().spool;
  third.append(closed('four'));
  third.ack(2);
  expect(told(third, 2)).toEqual([
    [3, 'three'],
    [4, 'four'],
  ]);
  expect(told(live().spool, 2)).toEqual(told(third, 2));
});

test('events that were committed before the disk took them are not written any more, and leave no hole behind', () => {
  const { spool } = live();
  spool.ack(0);
  spool.append(closed('one'));
  room.left = 0;
  for (const reason of ['two', 'three']) spool.append(closed(reason));
  spool.ack(2);
  room.left = Number.POSITIVE_INFINITY;
  spool.append(closed('four'));
  expect(lines().map((line) => /"reason":"(\w+)"/.exec(line)?.[1])).not.toContain('two');
  expect(told(live().spool)).toEqual([
    [3, 'three'],
    [4, 'four'],
  ]);
});

test('where neither disk nor api take anything, what is told again anyway is left out before memory is short', () => {
  const { spool } = live({ mostUnwritten: 500 });
  spool.ack(0);
  room.left = 0;
  const accepted = Array.from({ length: 50 }, (_, n) => spool.append(status(`look ${n}`)) !== null);
  expect(accepted.filter(Boolean).length).toBeLessThan(10);
  expect(spool.append(closed('its end'))).not.toBeNull();
  expect(told(spool).at(-1)).toEqual([accepted.filter(Boolean).length + 1, 'its end']);
  room.left = Number.POSITIVE_INFINITY;
});

test('a line that was torn, and one that is glued to it, cost the torn one alone', () => {
  const { spool } = live();
  spool.ack(0);
  for (const reason of ['one', 'two', 'three']) spool.append(closed(reason));
  const [header, one, two, three] = lines();
  const fatal = vi.fn();
  const log = { ...silentLogger, error: fatal } as unknown as typeof silentLogger;

  writeFileSync(file(), `${header}\n${one}\n${two!.slice(0, 30)}${two}\n${three}\n`);
  expect(told(live({ log }).spool).map(([, reason]) => reason)).toEqual(['one', 'two', 'three']);
  expect(fatal).toHaveBeenCalledTimes(1);

  appendFileSync(file(), three!.slice(0, 30));
  expect(told(live({ log }).spool).map(([, reason]) => reason)).toEqual(['one', 'two', 'three']);
  expect(lines().at(-1)).toBe('');
  expect(fatal).toHaveBeenCalledTimes(2);

  writeFileSync(file(), `${header}\n${one}\nnonsense\n${three}\n`);
  expect(told(live({ log }).spool).map(([, reason]) => reason)).toEqual(['one']);
  expect(fatal.mock.calls.at(-1)![0]).toMatchObject({
    damage: 'line 3 cannot be read, 2 lines from there on are left out',
  });
});

test('a file that somebody took away is written anew with all that is open', () => {
  const { spool } = live();
  spool.ack(0);
  spool.append(closed('one'));
  rmSync(file());
  spool.append(closed('two'));
  expect(told(live().spool).map(([, reason]) => reason)).toEqual(['one', 'two']);
});
