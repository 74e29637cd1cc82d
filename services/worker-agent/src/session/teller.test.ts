import type { AgentEvent } from '@cao/contracts';
import { INTERRUPTED, providers } from '@cao/providers';
import { silentLogger } from '@cao/runtime';
import { expect, test } from 'vitest';
import { makeTeller } from './teller.ts';

test('a turn that failed tells what is wrong, one that somebody stopped does not', () => {
  const told: AgentEvent[] = [];
  const pane = { id: 'a1b2c3d4', epoch: 1, pane: '%1', window: '@1', pid: 1 };
  const { turnEnd } = makeTeller(pane, providers.codex.failure, {
    emit: (event) => told.push(event),
    log: silentLogger,
  });
  const now = { status: 'idle', source: 'log', evidence: '' } as const;
  for (const error of ['429 Too Many Requests', INTERRUPTED, null])
    turnEnd({ kind: 'turn_ended', answer: null, background: false, error }, null, now);
  expect(told.map((event) => event.kind === 'turn_ended' && (event.failure?.kind ?? null))).toEqual([
    'rate_limited',
    null,
    null,
  ]);
});
