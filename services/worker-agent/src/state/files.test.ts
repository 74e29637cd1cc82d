import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaoError } from '@cao/contracts';
import { silentLogger } from '@cao/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Disk, watchDisk } from './disk.ts';
import { makeStateFiles, type StateFiles } from './files.ts';

let dir: string;
let disk: Disk;
let files: StateFiles;
beforeEach(() => {
  vi.useFakeTimers();
  dir = mkdtempSync(join(tmpdir(), 'cao-files-'));
  disk = watchDisk(dir, silentLogger);
  files = makeStateFiles(dir, disk);
});
afterEach(() => {
  disk.stop();
  vi.useRealTimers();
  rmSync(dir, { recursive: true });
});

const refused = (code: string) => () => {
  throw Object.assign(new Error(code), { code, syscall: 'open' });
};

test('what the disk refuses is read from memory, the newest of it, and written once it takes it', async () => {
  const told = vi.fn(() => disk.trouble()?.condition ?? null);
  disk.follow(told);
  const path = join(dir, 'terminals', 'record.json');
  // A file stands where the folder belongs: root is refused as well.
  writeFileSync(join(dir, 'terminals'), '');
  expect(files.write(path, { n: 1 })).toBe(false);
  expect(files.write(path, { n: 2 })).toBe(false);
  expect(files.read(path)).toEqual({ n: 2 });
  expect(disk.trouble()).toMatchObject({ condition: 'disk_failing', records: 1, events: 0 });
  vi.advanceTimersByTime(5_000);
  expect(disk.trouble()).toMatchObject({ records: 1 });

  rmSync(join(dir, 'terminals'));
  vi.advanceTimersByTime(1_000);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ n: 2 });
  expect(disk.trouble()).toBeNull();
  await Promise.resolve();
  expect(told.mock.results.at(-1)!.value).toBeNull();
  expect(existsSync(join(dir, 'disk-probe'))).toBe(false);
});

test('what is removed is gone for whoever reads, and nothing is written below it any more', () => {
  const folder = join(dir, 'a1234567-1');
  const path = join(folder, 'terminal.json');
  mkdirSync(folder);
  // A folder stands where the draft belongs.
  mkdirSync(`${path}.${process.pid}.new`);
  expect(files.write(path, { n: 1 })).toBe(false);
  files.remove(folder);
  expect(files.read(path)).toBeNull();
  vi.advanceTimersByTime(1_000);
  expect(existsSync(folder)).toBe(false);
  expect(disk.trouble()).toBeNull();
});

test('what was refused is written as soon as something that was removed has made room', () => {
  const path = join(dir, 'record.json');
  const inTheWay = `${path}.${process.pid}.new`;
  mkdirSync(inTheWay);
  expect(files.write(path, { n: 1 })).toBe(false);
  files.remove(inTheWay);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ n: 1 });
});

test.each([
  ['ENOSPC', 'its disk is full'],
  ['EDQUOT', 'its disk is full'],
  ['EROFS', 'its disk is read-only'],
  ['EIO', 'its disk does not take writes'],
])('%s: what must not be begun says that %s, and what to do', (code, says) => {
  const error = (() => {
    try {
      disk.insist(refused(code));
    } catch (caught) {
      return caught as CaoError;
    }
  })();
  expect(error).toBeInstanceOf(CaoError);
  expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining(`${says} (${dir})`) });
  expect(() => disk.check()).toThrow(says);
});

test('several ways to fail are one trouble, the worst of them, until it is over', () => {
  const conditionAfter = (code: string) => {
    expect(disk.attempt(refused(code))).toBe(false);
    return disk.trouble()?.condition;
  };
  expect(['EIO', 'ENOSPC', 'EIO', 'EROFS', 'ENOSPC'].map(conditionAfter)).toEqual([
    'disk_failing',
    'disk_full',
    'disk_full',
    'disk_read_only',
    'disk_read_only',
  ]);
  vi.advanceTimersByTime(1_000);
  expect(disk.trouble()).toBeNull();
});

test('what no disk is to blame for stays what it is', () => {
  const broken = () => {
    throw new TypeError('a defect');
  };
  expect(() => disk.insist(broken)).toThrow('a defect');
  const elsewhere = () => void readFileSync('/nowhere/at/all');
  expect(() => disk.attempt(elsewhere)).toThrow('ENOENT');
  expect(disk.trouble()).toBeNull();
});
