import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { AgentEvent } from '@cao/contracts';
import type { ToolCall } from '@cao/mcp';
import { providers } from '@cao/providers';
import { silentLogger } from '@cao/runtime';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { makeTeller } from '../session/teller.ts';
import { makeCalls } from './calls.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function openCall() {
  const told: AgentEvent['kind'][] = [];
  const ref = { id: 'a1b2c3d4', epoch: 1, pane: '%1', window: '@1', pid: 1 };
  const teller = makeTeller(ref, providers.codex.failure, {
    emit: ({ kind }) => told.push(kind),
    log: silentLogger,
  });
  const session = { ref, teller, openCalls: 0, record: { token: 't' }, provider: { maxCallMs: 1_000 } };
  const response = new EventEmitter() as ServerResponse;
  const { call } = makeCalls('http://127.0.0.1:1', silentLogger).authFor(session, response)
    .extra as unknown as { call: ToolCall };
  return {
    told,
    call,
    endTurn: () => teller.tell({ kind: 'ready' }),
    answered: () => response.emit('finish'),
  };
}
const soon = () => vi.advanceTimersByTimeAsync(0);

test('an answer is confirmed before the end of the turn that it was given in is told', async () => {
  const { told, call, endTurn, answered } = openCall();
  const { promise, resolve } = Promise.withResolvers<void>();
  call.afterAnswer(() => promise);
  answered();
  endTurn();
  await soon();
  expect(told).toEqual([]);
  resolve();
  await soon();
  expect(told).toEqual(['ready']);
  expect(vi.getTimerCount()).toBe(0);
});

test('an api that is away holds nothing up for long, and a confirmation that fails not at all', async () => {
  const { told, call, endTurn, answered } = openCall();
  call.afterAnswer(() => new Promise(() => {}));
  answered();
  endTurn();
  await vi.advanceTimersByTimeAsync(4_999);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(told).toEqual(['ready']);

  const refused = openCall();
  refused.call.afterAnswer(() => Promise.reject(new Error('no')));
  refused.answered();
  refused.endTurn();
  await soon();
  expect(refused.told).toEqual(['ready']);
});

test('a call with nothing to confirm holds nothing up', async () => {
  const { told, endTurn, answered } = openCall();
  answered();
  endTurn();
  await soon();
  expect(told).toEqual(['ready']);
});
