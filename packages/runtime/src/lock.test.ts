import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Lock, socketPath, takeLock, whoHolds } from './lock.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cao-lock-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const take = async () => (await takeLock(dir, 'x.sock', { what: 'a test', url: 'http://a' })) as Lock;

test('the second one is told who holds it, and what that says of itself by now', async () => {
  using lock = await take();
  lock.tell({ what: 'a test', url: 'http://b' });
  expect(await takeLock(dir, 'x.sock', { what: 'other', url: '' })).toEqual({
    pid: process.pid,
    what: 'a test',
    url: 'http://b',
  });
});

test('it is free again after its holder let go', async () => {
  (await take())[Symbol.dispose]();
  expect(await whoHolds(dir, 'x.sock')).toBeNull();
  using again = await take();
  expect(again.stopAsked).toBeInstanceOf(Promise);
});

test('what a dead holder left is taken over', async () => {
  writeFileSync(join(dir, 'x.sock'), ''); // connecting to it is refused, as with a dead socket
  using lock = await take();
  expect(lock).toHaveProperty('stopAsked');
});

test('a path too long for a socket gets a short one, the same each time', () => {
  const long = join(dir, 'n'.repeat(120));
  expect(socketPath(long, 'x.sock')).toBe(socketPath(long, 'x.sock'));
  expect(Buffer.byteLength(socketPath(long, 'x.sock'))).toBeLessThanOrEqual(100);
});
