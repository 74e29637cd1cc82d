import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@cao/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchDisk } from '../state/disk.ts';
import { makeStateFiles } from '../state/files.ts';
import { makeLease } from './lease.ts';

let stateDir: string;
let now = 0;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'cao-lease-'));
  now = 1_000;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(stateDir, { recursive: true });
});

const open = (boot = 'one') => {
  const onExpired = vi.fn();
  const files = makeStateFiles(stateDir, watchDisk(stateDir, silentLogger));
  const lease = makeLease({ files, boot, uptime: () => now, onExpired });
  const pass = (seconds: number) => {
    now += seconds;
    vi.advanceTimersByTime(1_000);
    return onExpired.mock.calls.length;
  };
  return { lease, pass };
};

test('it holds from the beat that was answered, however late the answer came', () => {
  const { lease, pass } = open();
  lease.asked(1);
  now += 10;
  lease.granted(1, 15_000);
  expect(pass(4)).toBe(0);
  expect(pass(2)).toBe(1);
  lease.stop();
});

test('an answer to a beat of another link grants nothing', () => {
  const { lease, pass } = open();
  lease.asked(1);
  lease.begin();
  lease.granted(1, 15_000);
  expect(pass(0)).toBe(1);
  lease.stop();
});

test('a restart of the worker-agent keeps it, a start of the machine does not', () => {
  const first = open();
  first.lease.asked(1);
  first.lease.granted(1, 15_000);
  first.lease.stop();
  const second = open();
  expect(second.pass(14)).toBe(0);
  second.lease.stop();
  const third = open('two');
  expect(third.pass(0)).toBe(1);
  third.lease.stop();
});

test('a disk that does not take it shortens it for the next worker-agent, and not for this one', () => {
  const { lease, pass } = open();
  // A folder stands where its draft belongs.
  const draft = join(stateDir, `lease.json.${process.pid}.new`);
  mkdirSync(draft);
  lease.asked(1);
  lease.granted(1, 15_000);
  expect(pass(14)).toBe(0);
  lease.stop();
  const next = open();
  expect(next.pass(0)).toBe(1);
  next.lease.stop();
});

test('a machine that slept finds it run out', () => {
  const { lease, pass } = open();
  lease.asked(1);
  lease.granted(1, 1_770_000);
  expect(pass(3_600)).toBe(1);
  lease.stop();
});
