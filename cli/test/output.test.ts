import { expect, test } from 'vitest';
import { cao, startCao } from './support/cao.ts';
import { type Call, type FakeApi, startFakeApi } from './support/fake-api.ts';
import { eventView, TERMINAL, terminalView } from './support/views.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A host that keeps `text`, from the offset `first` on, and gives ten bytes at a time. */
function keeping(given: { text: string; first?: number; closed?: boolean; why?: string }) {
  const { first = 0, closed = true } = given;
  return ({ query }: Call) => {
    const end = first + given.text.length;
    const wanted = Math.min(Number(query.from ?? first), end);
    const from = Math.max(wanted, first);
    const data = given.text.slice(from - first, from - first + 10);
    const gap = {
      from: wanted,
      to: from,
      at: '2026-01-01T00:00:00.000Z',
      why: given.why ?? '',
      redrawn: null,
    };
    const page = { from, to: from + data.length, first, end, closed, gaps: from > wanted ? [gap] : [] };
    return { terminal: TERMINAL, epoch: 1, ...page, data: base64(data) };
  };
}

const start = (transcript: (call: Call) => unknown, lifecycle: 'live' | 'closed' = 'live') =>
  startFakeApi({
    'terminals.get': () => ({ terminal: terminalView({ lifecycle }) }),
    'terminals.transcript': transcript,
  });
const output = (fake: FakeApi, offset: number, text: string) =>
  fake.push({ t: 'output', terminal: TERMINAL, epoch: 1, offset, data: base64(text) });

test('all that is kept goes out byte for byte, and what is missing is told beside it', async () => {
  const text = 'one \u001b[31mred\u001b[0m line\r\nand\u0007 é\n';
  await using fake = await start(keeping({ text, first: 50, why: 'older output\u001b[2J is gone' }));
  const { code, stdout, stderr } = await cao(['terminal', 'output', TERMINAL, '--from', '3'], {
    url: fake.url,
  });
  expect(code).toBe(0);
  expect(stdout).toBe(text);
  expect(stderr).toBe('bytes 3 to 50 are missing: older output␛[2J is gone\n');
});

test('as plain text it has no escape sequence, wherever the pages were cut', async () => {
  const text = 'one \u001b[31mred\u001b[0m line\r\nspins\rand \u0007rings\r\n\u001b]0;title\u0007end';
  await using fake = await start(keeping({ text }));
  const { stdout } = await cao(['terminal', 'output', TERMINAL, '--full', '--plain'], { url: fake.url });
  expect(stdout).toBe('one red line\nspins\nand ␇rings\nend');
});

test('as JSON it is one object', async () => {
  await using fake = await start(keeping({ text: '0123456789abcdef' }));
  const { stdout } = await cao(['terminal', 'output', TERMINAL, '--full', '--json'], { url: fake.url });
  const kept = { first: 0, end: 16, closed: true };
  const whole = {
    terminal: TERMINAL,
    epoch: 1,
    from: 0,
    to: 16,
    ...kept,
    gaps: [],
    text: '0123456789abcdef',
  };
  expect(JSON.parse(stdout)).toEqual(whole);
});

test('followed, it goes on where it was after a broken connection, until the terminal closes', async () => {
  const kept = { text: 'begin ' };
  await using fake = await start((call) => keeping({ ...kept, closed: false })(call));
  await using running = startCao(['terminal', 'output', TERMINAL, '--full', '--follow'], { url: fake.url });
  expect(await fake.request('watch')).toEqual({ t: 'watch', terminal: TERMINAL, from: 6, epoch: 1 });
  output(fake, 6, 'live ');
  await running.says('begin live ');
  fake.dropLive();
  expect(await fake.request('watch')).toEqual({ t: 'watch', terminal: TERMINAL, from: 11, epoch: 1 });
  output(fake, 15, 'again ');
  await running.says('again ');
  // What came after the news of its end is read from what is kept.
  kept.text = `${'begin live ____again '}last`;
  fake.push({ t: 'event', event: { ...eventView(9, 'terminal.closed'), terminal_id: TERMINAL } });
  const { code, stdout, stderr } = await running.ended;
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'begin live again last' });
  expect(stderr).toContain('bytes 11 to 15 are missing');
});

test('without a beginning it follows from now on, as JSON lines, and notices an end that nobody told', async () => {
  await using fake = await start(keeping({ text: 'long ago', closed: false }), 'closed');
  await using running = startCao(['terminal', 'output', TERMINAL, '--follow', '--json'], { url: fake.url });
  expect(await fake.request('watch')).toMatchObject({ from: 8 });
  output(fake, 8, 'now');
  await running.says('"text":"now"');
  fake.push({ t: 'subscribed', after: 0 });
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.filter(({ text }) => text !== '')).toEqual([
    { terminal: TERMINAL, epoch: 1, from: 8, to: 11, gaps: [], text: 'now' },
  ]);
});
