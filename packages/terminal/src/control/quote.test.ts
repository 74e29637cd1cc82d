import { describe, expect, it } from 'vitest';
import { assertOneLine, octal } from './quote.ts';

describe('a tmux command line', () => {
  it('quotes an argument as octal bytes', () => {
    expect(octal(`a;"é`)).toBe('"\\141\\073\\042\\303\\251"');
    expect(octal('')).toBe('""');
  });

  it('refuses NUL, where tmux would cut', () => {
    expect(() => octal('a\0b')).toThrow(/NUL/);
  });

  it.each(['a\nkill-server', 'a\rb', 'a\0b'])('with a line break is refused', (line) => {
    expect(() => assertOneLine(line)).toThrow(/not sent/);
  });
});
