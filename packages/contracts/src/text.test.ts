import { expect, test } from 'vitest';
import { line, prose, storable } from './text.ts';

const ESC = '\u001b';

test.each([
  ['a NUL', 'a\0b'],
  ['an escape sequence', `${ESC}[31m`],
  ['a C1 control', 'a\u009bb'],
  ['DEL', 'a\u007f'],
  ['a lone surrogate', 'a\ud800'],
])('%s is in no text that is kept as it came', (_, text) => {
  expect(line(10).safeParse(text).success).toBe(false);
  expect(prose(10).safeParse(text).success).toBe(false);
});

test('a line has no line break, prose has', () => {
  expect(line(10).safeParse('a\nb').success).toBe(false);
  expect(line(10).safeParse('a\tb').success).toBe(false);
  expect(prose(10).parse('a\r\n\tb')).toBe('a\r\n\tb');
  expect(line(10).parse('größer 😀')).toBe('größer 😀');
});

test('what a CLI said becomes storable, and stays what it was where it is', () => {
  expect(storable('a\0b\ud800c😀')).toBe('a\u2400b\ufffdc😀');
  expect(storable(`${ESC}[1mbold`)).toBe(`${ESC}[1mbold`);
});
