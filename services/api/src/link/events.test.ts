import type { AgentEvent } from '@cao/contracts';
import { expect, test } from 'vitest';
import { type Spooled, takeTogether } from './events.ts';

const ready = (n: number, terminal: string): Spooled => ({
  n,
  event: { kind: 'ready', terminal, epoch: 1 },
  old: true,
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
  ['of one terminal', [ready(1, 'a'), ready(2, 'a'), ready(3, 'b')], ['1 2', '3']],
  ['of no terminal', [health(1), health(2), ready(3, 'a')], ['1', '2', '3']],
  ['behind a hole', [ready(1, 'a'), ready(3, 'a')], ['1', '3']],
  [
    'what is history, with anything',
    [status(1, 'a'), status(2, 'b'), ready(3, 'c'), status(4, 'd'), ready(5, 'c'), ready(6, 'd')],
    ['1 2 3 4 5', '6'],
  ],
  ['what is news, apart', [status(1, 'a', false), status(2, 'b', false)], ['1', '2']],
])('events are taken together %s', (_, events, expected) => {
  expect(taken(events)).toEqual(expected);
});

test('no more than a few are applied together, whatever is passed over beside them', () => {
  const events = Array.from({ length: 200 }, (_, n) =>
    n % 4 === 0 ? ready(n + 1, 'a') : status(n + 1, 'b'),
  );
  expect(takeTogether(events)).toHaveLength(64);
});
