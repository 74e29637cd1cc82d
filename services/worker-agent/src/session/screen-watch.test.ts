import type { AgentState, ScreenReading } from '@cao/providers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchScreen } from './screen-watch.ts';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** A pane whose screen is read as `status`; what counted is written down with the time, and since when it was drawn. */
function setUp(believes = (_status: string) => true) {
  const pane = { status: 'processing' as ScreenReading['status'], looks: 0 };
  const agent: { -readonly [K in 'status' | 'boxComes']?: AgentState[K] } = { status: 'processing' };
  const saw: string[] = [];
  const watch = watchScreen({
    agent: () => ({ status: 'processing', ...agent }),
    look: async () => {
      pane.looks++;
      const reading = { status: pane.status, input: 'none', inputText: '', evidence: '' } as const;
      return { screen: { rows: [], title: '', alternate: false } as never, reading };
    },
    saw({ reading }, drawn) {
      if (!believes(reading.status)) return false;
      saw.push(`${Date.now()}: ${reading.status} since ${drawn}`);
      return true;
    },
    failed(error) {
      throw error;
    },
  });
  /** Draws every 20 ms for so long. */
  const draw = async (ms: number) => {
    for (let spent = 0; spent < ms; spent += 20) {
      watch.onOutput();
      await vi.advanceTimersByTimeAsync(20);
    }
  };
  return { agent, pane, saw, watch, draw };
}

test('a screen counts once it has settled', async () => {
  const { saw, watch, draw, pane } = setUp();
  await draw(40);
  await vi.advanceTimersByTimeAsync(200);
  expect(saw).toEqual(['100: processing since 0']);
  pane.status = 'idle';
  watch.onOutput();
  await vi.advanceTimersByTimeAsync(500);
  expect(saw.slice(1)).toEqual(['320: idle since 240']);
  expect(pane.looks).toBe(2);
});

test('what is half drawn counts once it was seen twice, with the time at which it was first drawn', async () => {
  const { saw, draw } = setUp();
  await draw(260);
  expect(saw).toEqual(['200: processing since 0']);
});

test('what is seen after something else was drawn after that', async () => {
  const { saw, draw, pane } = setUp();
  await draw(100);
  pane.status = 'idle';
  await draw(240);
  expect(saw).toEqual(['300: idle since 100']);
});

test('what is seen in a screen that is being drawn and is gone at the next look never counts', async () => {
  const { saw, draw, pane } = setUp();
  await draw(360);
  pane.status = 'idle';
  await draw(80);
  pane.status = 'processing';
  await draw(800);
  expect(saw.filter((line) => line.includes('idle'))).toEqual([]);
});

test('one that is drawn all the time is looked at ten times a second', async () => {
  const { draw, pane } = setUp();
  await draw(2_000);
  expect(pane.looks).toBe(20);
});

test('a box that a signal has told of is seen at once, also while the rest is being drawn', async () => {
  const { agent, saw, draw, pane, watch } = setUp();
  await draw(60);
  pane.status = 'idle';
  agent.boxComes = true;
  watch.hurry();
  await draw(20);
  expect(saw).toEqual(['70: idle since 0']);
});

test('a box that was there before its signal is seen without another output', async () => {
  const { agent, saw, pane, watch } = setUp();
  pane.status = 'idle';
  agent.boxComes = true;
  watch.hurry();
  await vi.advanceTimersByTimeAsync(100);
  expect(saw).toEqual(['10: idle since 0']);
});

test('a box that is long in coming does not make the screen be looked at all the time', async () => {
  const { agent, draw, pane, watch } = setUp();
  agent.boxComes = true;
  watch.hurry();
  await draw(1_500);
  expect(pane.looks).toBeLessThan(65);
});

test('a CLI that starts is looked at more often', async () => {
  const { agent, saw, draw, pane } = setUp();
  agent.status = 'starting';
  pane.status = 'idle';
  await draw(200);
  expect(saw[0]).toBe('80: idle since 0');
});

test('what is not believed is looked at until it is', async () => {
  let believed = false;
  const { saw, watch } = setUp(() => believed);
  watch.onOutput();
  await vi.advanceTimersByTimeAsync(400);
  expect(saw).toEqual([]);
  believed = true;
  await vi.advanceTimersByTimeAsync(80);
  expect(saw).toEqual(['480: processing since 0']);
});

test('nothing is looked at after the end', async () => {
  const { pane, watch } = setUp();
  watch.onOutput();
  watch.stop();
  watch.onOutput();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(pane.looks).toBe(0);
});

test('what is drawn during a look that fails is looked at all the same', async () => {
  const saw: string[] = [];
  const first = Promise.withResolvers<never>();
  let looks = 0;
  const watch = watchScreen({
    agent: () => ({ status: 'processing' }),
    look: () => {
      const reading = { status: 'idle', input: 'empty', inputText: '', evidence: '' } as const;
      return ++looks === 1 ? first.promise : Promise.resolve({ screen: {} as never, reading });
    },
    saw: ({ reading }) => saw.push(reading.status) > 0,
    failed: () => {},
  });
  watch.onOutput();
  await vi.advanceTimersByTimeAsync(100);
  watch.onOutput();
  first.reject(new Error('tmux was away'));
  await vi.advanceTimersByTimeAsync(200);
  expect(saw).toEqual(['idle']);
});
