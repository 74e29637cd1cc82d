import { expect, test } from 'vitest';
import { type Between, type Heard, seam } from './hand-over.ts';

const between = (text: string, flushed: number, ended: number): Between => ({
  bytes: Buffer.from(text),
  flushed,
  ended,
  cut: false,
});
/** The chunks of a stream that begins at 0. */
const heard = (...chunks: string[]): Heard[] => {
  let tmuxEnd = 0;
  return chunks.map((chunk) => {
    tmuxEnd += chunk.length;
    return { bytes: Buffer.from(chunk), tmuxEnd };
  });
};

test.each<{ what: string; given: [Between, Heard[]]; at: number }>([
  { what: 'nothing was written meanwhile', given: [between('', 0, 0), []], at: 0 },
  { what: 'the pane was quiet at the end', given: [between('abcdef', 3, 3), heard('def', 'gh')], at: 3 },
  {
    what: 'tmux wrote a part of the last chunk',
    given: [between('abcdefg', 3, 6), heard('def', 'ghi')],
    at: 4,
  },
  { what: 'all was heard too', given: [between('ef', 6, 6), heard('abcd', 'ef')], at: 6 },
  { what: 'it repeats itself', given: [between('ababab', 2, 6), heard('ab', 'abab')], at: 6 },
])('the seam lies where both end: $what', ({ given, at }) => {
  expect(seam(...given)).toBe(at);
});

test('what does not fit together is no seam', () => {
  expect(() => seam(between('abcx', 3, 3), heard('abc'))).toThrow('do not fit');
});
