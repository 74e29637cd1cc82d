import { expect, test } from 'vitest';
import { detachSplitter, parseDetachKeys } from './detach-keys.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');

test('keys are written as people say them', () => {
  expect(parseDetachKeys('ctrl-]')).toEqual([0x1d]);
  expect(parseDetachKeys('ctrl-a,d')).toEqual([1, 100]);
  expect(() => parseDetachKeys('alt-x')).toThrow('is made of ctrl-X');
});

test('what stands before the sequence is input, what follows it is not', () => {
  const split = detachSplitter(parseDetachKeys('ctrl-]'));
  expect(split(bytes('ab\x1dcd'))).toEqual({ input: bytes('ab'), detached: true });
});

test('a sequence is found across chunks, and its beginning alone is input after all', () => {
  const split = detachSplitter(parseDetachKeys('ctrl-a,d'));
  expect(split(bytes('x\x01'))).toEqual({ input: bytes('x'), detached: false });
  expect(split(bytes('y\x01'))).toEqual({ input: bytes('\x01y'), detached: false });
  expect(split(bytes('\x01'))).toEqual({ input: bytes('\x01'), detached: false });
  expect(split(bytes('d'))).toEqual({ input: bytes(''), detached: true });
});
