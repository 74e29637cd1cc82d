import { describe, expect, it } from 'vitest';
import { sanitise } from './sanitise.ts';

describe('sanitise', () => {
  it('turns CRLF and CR into LF without calling the text sanitised', () => {
    expect(sanitise('a\r\nb\rc\nd')).toEqual({ text: 'a\nb\nc\nd', sanitised: false });
  });

  it('leaves TAB, LF and every printable character alone', () => {
    const text = '\tdéjà 漢字 👩‍💻\n$(x) `y` #{z} ␛';
    expect(sanitise(text)).toEqual({ text, sanitised: false });
  });

  it('turns an end of bracketed paste into visible text', () => {
    expect(sanitise('a\u001b[201~b')).toEqual({ text: 'a␛[201~b', sanitised: true });
  });

  it('pictures C0, DEL and C1', () => {
    expect(sanitise('\u0000\u0007\u007f\u009b1m')).toEqual({ text: '␀␇␡␛[1m', sanitised: true });
  });

  it('replaces lone surrogates and keeps pairs', () => {
    expect(sanitise('a\ud800b😀')).toEqual({ text: 'a\ufffdb😀', sanitised: true });
  });

  it('is a fixed point for every BMP code unit', () => {
    for (let code = 0; code <= 0xffff; code++) {
      const once = sanitise(`x${String.fromCharCode(code)}y`).text;
      expect(sanitise(once)).toEqual({ text: once, sanitised: false });
    }
  });
});
