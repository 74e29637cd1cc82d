import { expect, test } from 'vitest';
import { downFrame, upFrame } from './link.ts';

test('both answers to a command are frames', () => {
  expect(upFrame.parse({ t: 'done', e: 1, id: 2, ok: true, result: { a: 1 } })).toMatchObject({ ok: true });
  const failed = { t: 'done', e: 1, id: 2, ok: false, error: { code: 'gone', message: 'x' } };
  expect(upFrame.parse(failed)).toEqual(failed);
});

test('a frame of an unknown kind is refused, and so is a known one without its epoch', () => {
  expect(upFrame.safeParse({ t: 'shell', e: 1, command: 'id' }).success).toBe(false);
  expect(upFrame.safeParse({ t: 'beat', progress: 1, rss_bytes: 1 }).success).toBe(false);
  expect(
    downFrame.safeParse({ t: 'command', e: 1, id: 1, deadline_ms: 1, command: { do: 'exec' } }).success,
  ).toBe(false);
});
