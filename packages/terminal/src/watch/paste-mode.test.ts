import { describe, expect, it } from 'vitest';
import { OFF, ON, pasteModeCases } from '../../test/support/paste-mode-cases.ts';
import { PasteMode } from './paste-mode.ts';

describe('the paste mode', () => {
  it.each(pasteModeCases)('%s', (_name, text, on) => {
    const mode = new PasteMode();
    mode.feed(Buffer.from(text));
    expect(mode.on).toBe(on);
  });

  it.each(pasteModeCases)('%s, byte by byte', (_name, text, on) => {
    const mode = new PasteMode();
    for (const byte of Buffer.from(text)) mode.feed(Uint8Array.of(byte));
    expect(mode.on).toBe(on);
  });

  it('tells changes, and whether the program spoke at all', () => {
    const mode = new PasteMode();
    expect(mode.feed(Buffer.from('text'))).toBe(false);
    expect(mode.heard).toBe(false);
    expect(mode.feed(Buffer.from(OFF))).toBe(false);
    expect(mode.heard).toBe(true);
    expect(mode.feed(Buffer.from(ON))).toBe(true);
    expect(mode.feed(Buffer.from(ON))).toBe(false);
  });
});
