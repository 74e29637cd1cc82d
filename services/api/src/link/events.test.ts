import type { AgentEvent } from '@cao/contracts';
import { expect, test } from 'vitest';
import { type Spooled, takeTogether } from './events.ts';

/** What every message passes through. */
const ready = (n: number, terminal: string): Spooled => ({
  n,
  event: { kind: 'ready', terminal, epoch: 1 },
  old: true,
});
const ended = (n: number, terminal: string, failure: object | null = null): Spooled => ({
  n,
  event: { kind: 'turn_ended', terminal, epoch: 1, failure } as AgentEvent,
  old: false,
});
/** What is rare. */
const session = (n: number, terminal: string): Spooled => ({
  n,
  event: { kind: 'session', terminal, epoch: 1, native_id: 'x' },
  old: false,
});
const status = (n: number, terminal: string, old = true): Spooled => ({
  n,
  event: { kind: 'status', terminal, epoch: 1, status: 'idle', source: 'hook', evidence: '' },
  old,
});
const health = (n: number): Spooled => ({
  n,
  event: { kind: 'token_rejected', count: 1 } as AgentEvent,
  old: true,
});
/** The numbers of what is taken, until nothing is left. */
function taken(events: Spooled[]): string[] {
  const all: string[] = [];
  while (events.length > 0)
    all.push(
      takeTogether(events)
        .map(({ n }) => n)
        .join(' '),
    );
  return all;
}

test.each<[string, Spooled[], string[]]>([
  ['of any terminals where all are plain', [ready(1, 'a'), ready(2, 'a'), ready(3, 'b')], ['1 2 3']],
  ['of one terminal where one is rare', [ready(1, 'a'), session(2, 'a'), ready(3, 'b')], ['1 2', '3']],
  ['up to what is rare', [ready(1, 'a'), ready(2, 'b'), ready(3, 'a'), session(4, 'b')], ['1 2 3', '4']],
  [
    'up to the end of a turn, and with those of others',
    [ended(1, 'a'), ready(2, 'b'), ended(3, 'b'), ready(4, 'c'), ready(5, 'b'), ready(6, 'a')],
    ['1 2 3 4', '5 6'],
  ],
  ['up to a turn that failed', [ready(1, 'a'), ended(2, 'b', {}), ready(3, 'b')], ['1', '2', '3']],
  ['of no terminal', [health(1), health(2), ready(3, 'a')], ['1', '2', '3']],
  ['behind a hole', [ready(1, 'a'), ready(3, 'a')], ['1', '3']],
  [
    'what is history, with anything',
    [status(1, 'a'), status(2, 'b'), session(3, 'c'), status(4, 'd'), session(5, 'c'), session(6, 'd')],
    ['1 2 3 4 5', '6'],
  ],
])('events are taken together %s', (_, events, expected) => {
  expect(taken(events)).toEqual(expected);
});

test('no more than a few are applied together, whatever is passed over beside them', () => {
  const events = Array.from({ length: 400 }, (_, n) =>
    n % 4 === 0 ? ready(n + 1, 'a') : status(n + 1, 'b'),
  );
  expect(takeTogether(events)).toHaveLength(256);
});
