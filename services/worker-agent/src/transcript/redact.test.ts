import { expect, test } from 'vitest';
import { redactDeep, redactStream, redactText } from './redact.ts';
import { secretValues } from './secrets.ts';

const TOKEN = 'caop_0123456789abcdefghij';
const MASKED = `caop${'*'.repeat(TOKEN.length - 4)}`;

/** What goes out of a stream that comes in these chunks. */
function stream(secrets: readonly string[], chunks: readonly string[]): string {
  const redactor = redactStream(secrets);
  return [...chunks.map((chunk) => redactor.feed(Buffer.from(chunk))), redactor.end()].join('');
}

test('a secret is masked wherever its chunks are cut, byte by byte, and the rest stays', () => {
  const text = `before ${TOKEN} between caop_01x ${TOKEN}${TOKEN} after`;
  const expected = text.replaceAll(TOKEN, MASKED);
  for (let first = 0; first <= text.length; first++)
    for (let second = first; second <= text.length; second += 3)
      expect(stream([TOKEN], [text.slice(0, first), text.slice(first, second), text.slice(second)])).toBe(
        expected,
      );
  expect(stream([TOKEN], [...text])).toBe(expected);
});

test('no part of a secret goes out before the stream shows that it is none', () => {
  const redactor = redactStream([TOKEN]);
  expect(redactor.feed(Buffer.from(`x ${TOKEN.slice(0, 20)}`)).toString()).toBe('x caop');
  expect(redactor.feed(Buffer.from('!')).toString()).toBe(`${TOKEN.slice(4, 20)}!`);
});

test('a key is echoed at once, also one that a secret begins with', () => {
  const redactor = redactStream([TOKEN]);
  expect(redactor.feed(Buffer.from('c')).toString()).toBe('c');
  expect(redactor.feed(Buffer.from('a')).toString()).toBe('a');
  expect(redactor.feed(Buffer.from('t')).toString()).toBe('t');
});

test('a stream that breaks off in a secret does not show what it held back', () => {
  expect(stream([TOKEN], [`x ${TOKEN.slice(0, 24)}`])).toBe(`x caop${'*'.repeat(20)}`);
});

test('secrets that overlap, or begin with one another, are masked both', () => {
  const short = TOKEN.slice(0, 12);
  expect(stream([short, TOKEN], [TOKEN.slice(0, 14), '!'])).toBe(
    `cao${'*'.repeat(9)}${TOKEN.slice(12, 14)}!`,
  );
  expect(stream([short, TOKEN], [TOKEN.slice(0, 14), TOKEN.slice(14)])).toBe(
    `cao${'*'.repeat(TOKEN.length - 3)}`,
  );
  // The end of the first is the beginning of the second, which does not go on.
  expect(stream(['XXabcdefgh', 'cdefghZZZZ'], ['XXabcdefgh', '??'])).toBe(`XX${'*'.repeat(8)}??`);
});

test('any stream keeps its length, and a secret of it is never seen', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  const secrets = ['abababab', 'babaabba', 'aabbaabbaabb'];
  for (let round = 0; round < 300; round++) {
    const text = Array.from({ length: 200 }, () => 'ab'[random(2)]).join('');
    const chunks: string[] = [];
    for (let at = 0; at < text.length; ) {
      const end = at + 1 + random(12);
      chunks.push(text.slice(at, end));
      at = end;
    }
    const out = stream(secrets, chunks);
    expect(out).toHaveLength(text.length);
    for (const secret of secrets) expect(out).not.toContain(secret);
    expect(out.slice(0, -12)).toBe(stream(secrets, [text]).slice(0, -12));
  }
});

test('a screen that broke a secret at its edge does not show it', () => {
  const screen = `> ${TOKEN.slice(0, 7)}\u001b[m\u000f\r\n\u001b[1m${TOKEN.slice(7)} <`;
  expect(redactText([TOKEN])(screen)).toBe('> *******\u001b[m\u000f\r\n\u001b[1m****************** <');
});

test('every string of an event is looked at', () => {
  const event = { kind: 'x', input: { command: [`echo ${TOKEN}`, 1, null] } };
  expect(redactDeep(event, redactText([TOKEN]))).toEqual({
    kind: 'x',
    input: { command: [`echo ${'*'.repeat(TOKEN.length)}`, 1, null] },
  });
});

test('secrets of an environment are known by their names, and passwords in URLs', () => {
  expect(
    secretValues({
      MY_API_KEY: 'sk-one',
      GITHUB_TOKEN: 'two',
      HOME: '/home/me',
      SSH_AUTH_SOCK: '/run/agent.sock',
      PROXY: 'http://me:pa%20ss@proxy:3128',
      EDITOR: 'vi',
      GIT_AUTHOR_NAME: 'Somebody Known',
    }),
  ).toEqual(['sk-one', 'two', 'pa%20ss', 'pa ss']);
});
