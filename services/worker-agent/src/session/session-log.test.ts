import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { linesFrom, logSize, tailLines } from './session-log.ts';

const dir = mkdtempSync(join(tmpdir(), 'cao-log-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('whole lines are read from an offset; a line that is being written waits', () => {
  const path = join(dir, 'log.jsonl');
  writeFileSync(path, 'one\ntwo\nthr');
  expect(linesFrom(path, 4)).toEqual({ lines: ['two'], end: 8 });
  appendFileSync(path, 'ee\n');
  expect(linesFrom(path, 8)).toEqual({ lines: ['three'], end: 14 });
});

// A pipe that is opened for reading would hold this test, as it would the worker-agent.
test.each([
  ['a pipe', () => execFileSync('mkfifo', [join(dir, 'pipe')]), 'pipe'],
  ['a folder', () => {}, '.'],
  ['nothing', () => {}, 'not-there'],
])('%s where a CLI says its log is has no lines', (_, make, name) => {
  make();
  const path = join(dir, name);
  expect(logSize(path)).toBe(0);
  expect(linesFrom(path, 0)).toEqual({ lines: [], end: 0 });
  expect(tailLines(path)).toEqual([]);
});

test('an endless device has no lines', () => {
  expect(linesFrom('/dev/zero', 0)).toEqual({ lines: [], end: 0 });
});

test('a line larger than one look is passed over, and the log goes on', () => {
  const path = join(dir, 'large.jsonl');
  writeFileSync(path, Buffer.alloc(17 * 1024 * 1024, 'x'));
  appendFileSync(path, '\nnext\n');
  const first = linesFrom(path, 0);
  expect(first).toEqual({ lines: [], end: 16 * 1024 * 1024 });
  expect(linesFrom(path, first.end).lines.at(-1)).toBe('next');
});
