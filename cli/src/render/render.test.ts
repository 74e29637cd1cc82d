import { type EventView, eventKinds } from '@cao/contracts';
import { expect, test } from 'vitest';
import { plainIo } from '../testing/io.ts';
import { age } from './age.ts';
import { eventLine } from './event.ts';
import { plainLine } from './plain.ts';
import { table } from './table.ts';

const event = (over: Partial<EventView>): EventView => ({
  id: 1,
  at: '2026-01-02T03:04:05.000Z',
  kind: 'terminal.status',
  session_name: 'cao-a',
  terminal_id: 'a1b2c3d4',
  host_id: null,
  task_id: null,
  data: {},
  ...over,
});

test('columns are as wide as their widest cell, and a terminal cuts the last one', () => {
  expect(
    table(
      plainIo,
      ['A', 'B'],
      [
        ['long', 'x'],
        ['s', 'y'],
      ],
    ),
  ).toBe('A     B\nlong  x\ns     y');
  const narrow = table({ ...plainIo, width: 18 }, ['A', 'WHY'], [['a', 'a very long reason it is']]);
  expect(narrow.split('\n')[1]).toBe('a  a very long re…');
});

test('an age has the largest unit that fits', () => {
  const now = Date.parse('2026-01-10T00:00:00Z');
  const at = (seconds: number) => age(new Date(now - seconds * 1000).toISOString(), now);
  expect([at(-5), at(59), at(60), at(7200), at(200_000)]).toEqual(['0 s', '59 s', '1 min', '2 h', '2 d']);
});

test('an escape sequence of an agent is shown, not obeyed', () => {
  expect(plainLine('\x1b]0;owned\x07 two\nlines')).toBe('␛]0;owned␇ two ⏎ lines');
});

test.each(eventKinds)('%s has words of its own', (kind) => {
  expect(eventLine(plainIo.paint, event({ kind }), new Map())).toMatch(/^\d\d:\d\d:\d\d {2}a1b2c3d4 {2}\S/);
});

test('an event names its host and what decides, and keeps ids for programs', () => {
  const line = eventLine(
    plainIo.paint,
    event({ host_id: 'beefbeef', data: { status: 'idle', epoch: 3, evidence: 'Stop', seq: 1 } }),
    new Map([['beefbeef', 'laptop']]),
  );
  expect(line).toContain('is now idle · evidence=Stop on laptop');
  expect(line).not.toContain('epoch');
});

test('what came along with a moved terminal stands behind the sentence that it runs', () => {
  const moved = event({ kind: 'terminal.live', data: { note: 'its conversation comes along' } });
  expect(eventLine(plainIo.paint, moved, new Map())).toContain(
    'CLI is running · its conversation comes along',
  );
});
