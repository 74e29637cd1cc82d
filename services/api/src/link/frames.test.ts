import { CaoError } from '@cao/contracts';
import { expect, test } from 'vitest';
import { parseFrame } from './frames.ts';

const turnEnded = (answer: string) =>
  `{"t":"event","e":1,"n":1,"at":"now","event":{"kind":"turn_ended","terminal":"a1234567","epoch":1,"answer":${answer},"background":false,"error":null}}`;

test.each([
  ['a NUL', '"a\\u0000b"', 'a\u2400b'],
  ['half of a surrogate pair', '"a\\uD83Db"', 'a\ufffdb'],
  ['a whole pair, escaped', '"\\ud83d\\ude00"', '😀'],
  ['an escape sequence', '"\\u001b[1m"', '\u001b[1m'],
])('%s in an answer comes in a form that can be stored', (_, json, answer) => {
  expect(parseFrame(turnEnded(json))).toMatchObject({ event: { answer } });
});

test.each([
  ['{', /not JSON/],
  ['null', /frame undefined/],
  ['{"t":"boo"}', /frame "boo": t:/],
  ['{"t":"beat","e":1,"progress":"x","rss_bytes":1}', /frame "beat": progress:/],
])('%s is refused by name', (text, said) => {
  const refused = parseFrame(text);
  expect(refused).toBeInstanceOf(CaoError);
  expect((refused as CaoError).message).toMatch(said);
});
