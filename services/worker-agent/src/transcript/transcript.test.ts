import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@cao/runtime';
import type { Snapshot } from '@cao/terminal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchDisk } from '../state/disk.ts';
import { makeStateFiles } from '../state/files.ts';
import { openNotes } from './notes.ts';
import { collect } from './retention.ts';
import { Transcript, type TranscriptOptions } from './transcript.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cao-transcript-'));
});
const opened: Transcript[] = [];
afterEach(async () => {
  for (const transcript of opened.splice(0)) await transcript.stop(false);
  rmSync(root, { recursive: true, force: true });
});

const dirOf = (name: string) => join(root, name);
const shot = (offset: number, ansi: string): Snapshot => ({
  ansi,
  offset,
  cursor: { x: 0, y: 0 },
  cols: 80,
  rows: 24,
});
const open = (options: Partial<TranscriptOptions> = {}) => {
  const transcript = new Transcript({
    dir: dirOf('t'),
    files: makeStateFiles(root, watchDisk(root, silentLogger)),
    secrets: [],
    log: silentLogger,
    shoot: async () => shot(0, ''),
    adopted: false,
    ...options,
  });
  opened.push(transcript);
  return transcript;
};

/** Everything that a transcript has, page by page, and why something is missing. */
async function whole(transcript: Transcript, limit = 1000) {
  let text = '';
  const gaps: { from: number; to: number; why: string; redrawn: unknown }[] = [];
  for (let from: number | undefined; ; ) {
    const page = await transcript.read(from, limit);
    text += Buffer.from(page.data, 'base64').toString();
    for (const { at: _at, ...gap } of page.gaps) gaps.push(gap);
    from = page.to;
    if (page.to >= page.end) return { text, gaps, first: page.first, end: page.end };
  }
}

test('bytes are kept in segments of a size, private, and the oldest go when there are too many', async () => {
  const transcript = open({ sizes: { segment: 100, kept: 350 } });
  let all = '';
  for (let n = 0; n < 20; n++) {
    const line = `${String(n).padStart(49, '.')}\n`;
    all += line;
    transcript.output(Buffer.from(line), all.length);
    await transcript.read(undefined, 1);
  }
  const { text, gaps, first, end } = await whole(transcript);
  expect(end).toBe(all.length);
  expect(first).toBe(700);
  expect(text).toBe(all.slice(first));
  expect(gaps).toEqual([]);
  const files = readdirSync(dirOf('t'));
  expect(files).toEqual(['0000000000000700.log', '0000000000000800.log', '0000000000000900.log']);
  for (const file of files) expect(statSync(join(dirOf('t'), file)).mode & 0o777).toBe(0o600);
  const old = await transcript.read(0, 10);
  expect(old).toMatchObject({
    from: first,
    gaps: [{ from: 0, to: first, why: 'older output is no longer kept' }],
  });
});

test('who follows gets the same bytes at the same offsets, masked', async () => {
  const secret = 'sk-0123456789abcdef';
  const transcript = open({ secrets: [secret] });
  let seen = '';
  transcript.follow((bytes, offset) => {
    expect(offset).toBe(seen.length);
    seen += bytes.toString();
  });
  for (const [n, part] of ['key: sk-01', '23456789', 'abcdef\n', 'bye'].entries())
    transcript.output(Buffer.from(part), n);
  const { text } = await whole(transcript, 7);
  expect(text).toBe(seen);
  expect(text).toBe(`key: sk-0${'*'.repeat(secret.length - 4)}\nbye`);
  await transcript.stop(false);
  const files = readdirSync(dirOf('t')).map((file) => readFileSync(join(dirOf('t'), file), 'utf8'));
  expect(files.join('')).not.toContain('abcdef');
});

test('another life counts on from an offset that nobody can have seen, and says what it does not know', async () => {
  const before = open();
  before.output(Buffer.from('first life'), 10);
  await before.stop(false);
  const after = open({ adopted: true, shoot: async () => shot(4, '<screen>') });
  // Heard before the redraw was answered, and after it.
  after.output(Buffer.from('old!'), 4);
  after.output(Buffer.from('new'), 7);
  const { text, gaps, end } = await whole(after);
  const start = 2 ** 30;
  expect(text).toBe('first lifeold!<screen>new');
  expect(end).toBe(start + 'old!<screen>new'.length);
  expect(gaps).toEqual([
    {
      from: 10,
      to: start,
      why: expect.stringMatching(/^the worker-agent was away since 20/),
      redrawn: { from: start + 4, to: start + 12 },
    },
  ]);
  // A snapshot is at tmux's count, which began anew.
  expect((await after.snapshot(0)).offset).toBe(end - 3);
});

test('output that was missed is a gap of unknown size, with the screen as it is behind it', async () => {
  let offset = 0;
  const transcript = open({ shoot: async () => shot(offset, '<screen>') });
  transcript.output(Buffer.from('abc'), 3);
  offset = 3;
  transcript.missed('too fast');
  transcript.missed('too fast again');
  transcript.output(Buffer.from('def'), 6);
  const { text, gaps } = await whole(transcript, 4);
  expect(text).toMatch(/^abc<screen>(def)?<screen>(def)?$/);
  expect(text).toContain('def');
  expect(gaps.map(({ why, redrawn }) => [why, redrawn])).toEqual([
    ['too fast', { from: 3, to: 11 }],
    ['too fast again', expect.anything()],
  ]);
});

test('a disk that takes nothing makes a gap and no crash', async () => {
  // A folder below a file can be made by nobody, root included.
  writeFileSync(dirOf('file'), '');
  const transcript = open({ dir: join(dirOf('file'), 't') });
  const seen: string[] = [];
  transcript.follow((bytes) => seen.push(bytes.toString()));
  transcript.output(Buffer.from('lost'), 4);
  const page = await transcript.read(0, 100);
  expect(seen).toEqual(['lost']);
  expect(page).toMatchObject({ from: 4, to: 4, end: 4, data: '', gaps: [{ from: 0, to: 4 }] });
  expect(page.gaps[0]!.why).toMatch(/could not write it: ENOTDIR/);
});

test('a gap that the disk would not take either is written down once it does', async () => {
  const disk = watchDisk(root, silentLogger);
  writeFileSync(dirOf('file'), '');
  const dir = join(dirOf('file'), 't');
  const transcript = open({ dir, files: makeStateFiles(root, disk) });
  transcript.output(Buffer.from('lost'), 4);
  await transcript.stop(false);
  expect(disk.trouble()).toMatchObject({ records: 1 });
  rmSync(dirOf('file'));
  await expect.poll(() => disk.trouble(), { timeout: 5_000 }).toBeNull();
  const later = makeStateFiles(root, watchDisk(root, silentLogger));
  expect(openNotes(dir, later).gaps()).toMatchObject([{ from: 0, to: 4 }]);
});

test('what comes after a failed write is kept at its own offset', async () => {
  const transcript = open();
  transcript.output(Buffer.from('one'), 3);
  await transcript.read(0, 1);
  await transcript.stop(false);
  const again = open();
  // A folder stands where the next file belongs.
  mkdirSync(join(dirOf('t'), '0000000000000003.log'));
  again.output(Buffer.from('two'), 6);
  await again.read(0, 1);
  again.output(Buffer.from('three'), 11);
  const { text, gaps } = await whole(again);
  expect(text).toBe('onethree');
  expect(gaps).toEqual([{ from: 3, to: 6, why: 'the host could not write it: EISDIR', redrawn: null }]);
});

test('closed transcripts go when their time is over, or when the newer ones need the room', async () => {
  const close = async (name: string, bytes: number, daysAgo: number) => {
    const transcript = open({ dir: dirOf(name) });
    transcript.output(Buffer.alloc(bytes, 'x'), bytes);
    await transcript.stop(true);
    const then = Date.now() / 1000 - daysAgo * 24 * 60 * 60;
    utimesSync(join(dirOf(name), 'closed'), then, then);
  };
  await close('old', 10, 8);
  await close('older-of-two', 600, 3);
  await close('newer-of-two', 600, 1);
  const live = open({ dir: dirOf('live') });
  live.output(Buffer.from('x'.repeat(300)), 300);
  await live.stop(false);
  await collect(root, new Set(['live']), { days: 7, bytes: 1000 });
  expect(readdirSync(root).sort()).toEqual(['live', 'newer-of-two']);
  // A folder that nobody uses lost its pane while nobody looked: from now on it is closed.
  await collect(root, new Set(), { days: 7, bytes: 1000 });
  expect(existsSync(join(dirOf('live'), 'closed'))).toBe(true);
});
