import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentEvent } from '@cao/contracts';
import { silentLogger } from '@cao/runtime';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchDisk } from '../state/disk.ts';
import { makeEvents } from './events.ts';
import { openSpool } from './spool.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'cao-spool-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const open = () => openSpool({ stateDir: dir, disk: watchDisk(dir, silentLogger), log: silentLogger });

const event = (text = ''): AgentEvent => ({
  kind: 'closed',
  terminal: 'a1234567',
  epoch: 1,
  reason: text,
  failure: null,
  workspace: null,
});
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

test('a spool that grew long while there was no link is sent a window at a time, in order, each once', () => {
  const sent: number[] = [];
  const events = makeEvents(open(), ({ n }) => sent.push(n));
  events.begin(0);
  for (let n = 0; n < 1_000; n++) events.emit(event());
  sent.length = 0; // there was no link
  events.begin(100);
  expect(sent).toEqual(range(101, 356));
  events.ack(101);
  expect(sent).toEqual(range(101, 357));
  for (const n of range(102, 1_000)) events.ack(n);
  expect(sent).toEqual(range(101, 1_000));
  events.emit(event());
  expect(sent.at(-1)).toBe(1_001);
});

test('a link that ended is gone on with from what is committed', () => {
  const sent: number[] = [];
  const events = makeEvents(open(), ({ n }) => sent.push(n));
  events.begin(0);
  for (let n = 0; n < 5; n++) events.emit(event());
  events.ack(2);
  events.begin(3);
  expect(sent).toEqual([1, 2, 3, 4, 5, 4, 5]);
});

test('the file of a spool that is never empty stays small, and is whole after a restart', () => {
  const file = join(dir, 'spool.jsonl');
  const spool = open();
  const size = () => statSync(file).size;
  spool.ack(0);
  const text = 'x'.repeat(1_000);
  let largest = 0;
  for (const n of range(1, 5_000)) {
    spool.append(event(text));
    if (n > 20) spool.ack(n - 20);
    largest = Math.max(largest, size());
  }
  expect(largest).toBeLessThan(512 * 1024);
  const again = open();
  expect([again.id, again.last()]).toEqual([spool.id, 5_000]);
  expect(again.after(4_980, 100).map(({ n }) => n)).toEqual(range(4_981, 5_000));
  again.ack(5_000);
  expect(again.append(event())?.n).toBe(5_001);
  expect(readFileSync(file, 'utf8')).toContain('"n":5001');
});
