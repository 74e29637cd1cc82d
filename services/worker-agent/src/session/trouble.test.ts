import type { Failure } from '@cao/contracts';
import { type AgentState, providers } from '@cao/providers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type TroubleWatch, watchTrouble } from './trouble.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const asks = (evidence: string) =>
  ({ status: 'waiting_user_answer', input: 'none', inputText: '', evidence }) as const;
const MINUTES_11 = 11 * 60_000;

function watched(state: Partial<AgentState>): {
  watch: TroubleWatch;
  told: (string | null)[];
  become(next: Partial<AgentState>): void;
  calls: { open: number };
} {
  let agent: AgentState = { ...providers.scripted.initial, ...state };
  const told: (string | null)[] = [];
  const calls = { open: 0 };
  const become = (next: Partial<AgentState>) => {
    agent = { ...agent, ...next };
    watch.became(agent);
  };
  const watch = watchTrouble({
    failure: providers.scripted.failure,
    agent: () => agent,
    openCalls: () => calls.open,
    tell: (failure: Failure | null) => void told.push(failure?.kind ?? null),
  });
  return { watch, told, calls, become };
}

test('a question at the start is told once it has stood for a while, and forgotten with its answer', () => {
  const { watch, told, become } = watched({});
  watch.looked(asks('Do you trust the files in this folder?'));
  expect(told).toEqual([]);
  vi.advanceTimersByTime(5_000);
  expect(told).toEqual(['trust_needed']);
  become({ ready: true, status: 'idle' });
  watch.looked({ status: 'idle', input: 'empty', inputText: '', evidence: '' });
  expect(told).toEqual(['trust_needed', null]);
});

test('a login that is asked for at the start is told as such', () => {
  const { watch, told } = watched({});
  watch.looked(asks('Sign in: log in with your account'));
  vi.advanceTimersByTime(5_000);
  expect(told).toEqual(['not_logged_in']);
});

test('a question that goes away by itself is none', () => {
  const { watch, told } = watched({});
  watch.looked(asks('Trust?'));
  watch.looked({ status: 'unknown', input: 'none', inputText: '', evidence: '' });
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([]);
});

test('a turn in which nothing is drawn or said hangs, until something is', () => {
  const { watch, told } = watched({ ready: true, status: 'processing' });
  watch.alive();
  vi.advanceTimersByTime(MINUTES_11);
  expect(told).toEqual(['hung']);
  watch.alive();
  expect(told).toEqual(['hung', null]);
});

test('a turn that waits for a call of ours does not hang, nor does one that is over', () => {
  const waiting = watched({ ready: true, status: 'processing' });
  waiting.calls.open = 1;
  waiting.watch.alive();
  vi.advanceTimersByTime(MINUTES_11 * 3);
  expect(waiting.told).toEqual([]);
  waiting.calls.open = 0;
  vi.advanceTimersByTime(MINUTES_11);
  expect(waiting.told).toEqual(['hung']);

  const over = watched({ ready: true, status: 'processing' });
  over.watch.alive();
  over.become({ status: 'completed' });
  vi.advanceTimersByTime(MINUTES_11);
  expect(over.told).toEqual([]);
});

const retrying = () => {
  const trying = watched({ ready: true, status: 'processing' });
  trying.become({ retries: '429 Too Many Requests, attempt 3' });
  return trying;
};

test('a model that is asked again and again is told of, by what is wrong with it, while the turn goes on', () => {
  const { told, become } = retrying();
  vi.advanceTimersByTime(7_000);
  // A try is work until it fails.
  become({ retries: null });
  vi.advanceTimersByTime(2_000);
  become({ retries: '429 Too Many Requests, attempt 4' });
  expect(told).toEqual([]);
  become({ retries: null });
  vi.advanceTimersByTime(2_000);
  become({ retries: '429 Too Many Requests, attempt 5' });
  expect(told).toEqual(['rate_limited']);
});

test('what is wrong is taken back once the turn goes on without a further try', () => {
  const { told, become } = retrying();
  vi.advanceTimersByTime(10_000);
  become({ retries: null });
  expect(told).toEqual(['rate_limited']);
  vi.advanceTimersByTime(5_000);
  expect(told).toEqual(['rate_limited', null]);
});

test('what is wrong is taken back at a question, and at the end of the turn left to what that told', () => {
  const asked = retrying();
  vi.advanceTimersByTime(10_000);
  asked.become({ retries: null, status: 'waiting_user_answer' });
  expect(asked.told).toEqual(['rate_limited', null]);

  const ended = retrying();
  vi.advanceTimersByTime(10_000);
  ended.become({ retries: null, status: 'error' });
  vi.advanceTimersByTime(60_000);
  expect(ended.told).toEqual(['rate_limited']);
  // The next turn's trouble is news again.
  ended.become({ status: 'processing', retries: '429 once more' });
  vi.advanceTimersByTime(10_000);
  expect(ended.told).toEqual(['rate_limited', 'rate_limited']);
});

test('one retry that helps is no trouble', () => {
  const { told, become } = retrying();
  vi.advanceTimersByTime(3_000);
  become({ retries: null });
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([]);
});
