import { expect, test } from 'vitest';
import { fromBase64, screenFeed, toBase64 } from './screen-feed.ts';

const base64 = (text: string) => toBase64(new TextEncoder().encode(text));

function shown() {
  let text = '';
  const feed = screenFeed({
    reset: (cols, rows) => {
      text = `${cols}x${rows}:`;
    },
    write: (bytes) => {
      text += new TextDecoder().decode(bytes);
    },
  });
  return { feed, text: () => text };
}

const snapshot = { epoch: 1, offset: 10, cols: 80, rows: 24, data: base64('abc') };

test('output goes on where the snapshot ends', () => {
  const { feed, text } = shown();
  feed.snapshot(snapshot);
  expect(feed.output({ epoch: 1, offset: 10, data: base64('de') })).toBe(true);
  expect(feed.output({ epoch: 1, offset: 12, data: base64('f') })).toBe(true);
  expect(text()).toBe('80x24:abcdef');
});

test('bytes that are shown already are left out, whole or in part', () => {
  const { feed, text } = shown();
  feed.snapshot(snapshot);
  feed.output({ epoch: 1, offset: 7, data: base64('old') });
  feed.output({ epoch: 1, offset: 8, data: base64('ldnew') });
  expect(text()).toBe('80x24:abcnew');
});

test('a gap is told once, and nothing is drawn until the next snapshot', () => {
  const { feed, text } = shown();
  feed.snapshot(snapshot);
  expect(feed.output({ epoch: 1, offset: 12, data: base64('late') })).toBe(false);
  expect(feed.output({ epoch: 1, offset: 16, data: base64('r') })).toBe(true);
  expect(text()).toBe('80x24:abc');
  feed.snapshot({ ...snapshot, offset: 17, data: base64('whole') });
  expect(text()).toBe('80x24:whole');
});

test('a feed knows from where to go on, and bytes of another epoch are a gap', () => {
  const { feed, text } = shown();
  expect(feed.known()).toBeUndefined();
  feed.snapshot(snapshot);
  feed.output({ epoch: 1, offset: 10, data: base64('de') });
  expect(feed.known()).toEqual({ epoch: 1, from: 12 });
  expect(feed.output({ epoch: 2, offset: 12, data: base64('f') })).toBe(false);
  expect(feed.known()).toBeUndefined();
  expect(text()).toBe('80x24:abcde');
});

test('output before any snapshot is not drawn on nothing', () => {
  const { feed, text } = shown();
  expect(feed.output({ epoch: 1, offset: 3, data: base64('x') })).toBe(true);
  expect(text()).toBe('');
});

test('bytes survive base64 both ways', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, n) => n);
  expect(fromBase64(toBase64(bytes))).toEqual(bytes);
});
