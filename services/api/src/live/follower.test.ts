import type { LivePush, TranscriptPage } from '@cao/contracts';
import { expect, test } from 'vitest';
import type { Link } from '../link/link.ts';
import { Follower, type Known } from './follower.ts';

const TERMINAL = 'a1234567';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const output = (offset: number, text: string) =>
  ({ t: 'output', e: 1, terminal: TERMINAL, offset, data: base64(text) }) as const;
const snapshot = (offset: number) =>
  ({ t: 'snapshot', e: 1, terminal: TERMINAL, offset, cols: 80, rows: 24, data: '' }) as const;

/** A host that has `all`; a page is answered when the test says so. */
function scene(all: { text: string; first?: number }, known: Known | null) {
  const asked: string[] = [];
  const pages: (() => void)[] = [];
  const shown: string[] = [];
  const link = {
    ended: false,
    send: (frame: { t: string; snapshot?: boolean }) => asked.push(`${frame.t} ${frame.snapshot}`),
    command: ({ from }: { from: number }) =>
      new Promise<TranscriptPage>((resolve) => {
        asked.push(`read ${from}`);
        pages.push(() => {
          const { text, first = 0 } = all;
          const at = Math.max(from, first);
          const data = text.slice(at, at + 10);
          const end = text.length;
          const page = { from: at, to: at + data.length, first, end, closed: false, gaps: [] };
          resolve({ ...page, data: base64(data) });
        });
      }),
  };
  const push = async (pushed: LivePush) => {
    if (pushed.t === 'output') shown.push(`${pushed.offset}:${Buffer.from(pushed.data, 'base64')}`);
    else shown.push(pushed.t === 'snapshot' ? `snapshot ${pushed.offset}` : pushed.t);
  };
  const follower = new Follower({ terminal: TERMINAL, epoch: 1, hostId: 'h' }, { push }, known);
  const here = link as unknown as Link; // the outermost edge of a follower
  return {
    asked,
    shown,
    begin: () => follower.begin(here),
    bytes: (frame: ReturnType<typeof output> | ReturnType<typeof snapshot>) => follower.onBytes(here, frame),
    async page() {
      pages.shift()!();
      // Behind all that the answer sets off.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const exact = (from: number): Known => ({ from, most: undefined });

test('without anything known a snapshot comes first, and output from where it ends', () => {
  const { begin, bytes, shown, asked } = scene({ text: '' }, null);
  begin();
  bytes(output(5, 'too early'));
  bytes(snapshot(14));
  bytes(output(10, 'old new'));
  expect(asked).toEqual(['watch true']);
  expect(shown).toEqual(['snapshot 14', '14:new']);
});

test('what was missed is read page by page, then the live output goes on, each byte once', async () => {
  const { begin, bytes, page, shown, asked } = scene({ text: '0123456789abcdefgh' }, exact(3));
  begin();
  bytes(output(0, '012345')); // older than the page that is being read
  await page();
  bytes(output(13, 'defgh')); // the next page has them
  bytes(output(18, 'ijk')); // and these came after it
  await page();
  bytes(output(21, 'l'));
  expect(asked).toEqual(['watch false', 'read 3', 'read 13']);
  expect(shown).toEqual(['3:3456789abc', '13:defgh', '18:ijk', '21:l']);
});

test('an offset that is too far is read up to, and a new link goes on from there', async () => {
  const { begin, bytes, page, shown, asked } = scene({ text: '0123456789' }, exact(9));
  begin();
  await page();
  bytes(output(12, 'cd'));
  expect(asked.at(-1)).toBe('read 10');
  begin();
  await page();
  expect(shown).toEqual(['9:9']);
  await page();
  expect(shown).toEqual(['9:9']);
  expect(asked.slice(-2)).toEqual(['watch false', 'read 10']);
});

test.each([
  { what: 'more than it wants', all: { text: '0123456789' } },
  { what: 'what is no longer kept', all: { text: '0123456789', first: 8 } },
])('a viewer that would read $what gets a snapshot instead', async ({ all }) => {
  const { begin, bytes, page, shown, asked } = scene(all, { from: 2, most: 5 });
  begin();
  await page();
  bytes(output(10, 'x'));
  bytes(snapshot(11));
  expect(asked).toEqual(['watch false', 'read 2', 'watch true']);
  expect(shown).toEqual(['snapshot 11']);
});

test('one that wants every byte goes on behind a hole', async () => {
  const { begin, page, shown } = scene({ text: '0123456789', first: 8 }, exact(2));
  begin();
  await page();
  expect(shown).toEqual(['8:89']);
});

test('a snapshot that came while older bytes were read is asked for again', async () => {
  const { begin, bytes, page, asked } = scene({ text: '012' }, exact(0));
  begin();
  bytes(snapshot(3));
  await page();
  expect(asked).toEqual(['watch false', 'read 0', 'watch true']);
});
