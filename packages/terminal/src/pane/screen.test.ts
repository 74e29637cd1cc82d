import { describe, expect, it } from 'vitest';
import { parseScreen } from './screen.ts';

const plain = { dim: false, bold: false, inverse: false, fg: null, bg: null };
const rows = (...lines: string[]) => parseScreen('0 0 0 80', lines).rows;

describe('a screen', () => {
  it('has the header as cursor, alternate, columns and title', () => {
    expect(parseScreen('3 4 1 90 ✋  Action Required', [])).toEqual({
      title: '✋  Action Required',
      cols: 90,
      rows: [],
      cursor: { x: 3, y: 4 },
      alternate: true,
    });
  });

  it('carries a style from one row to the next', () => {
    const [first, second] = rows('\u001b[2mone', 'two\u001b[0m three');
    expect(first?.runs).toEqual([{ ...plain, text: 'one', dim: true }]);
    expect(second?.runs).toEqual([
      { ...plain, text: 'two', dim: true },
      { ...plain, text: ' three' },
    ]);
  });

  it('joins runs of equal attributes and ignores what decides nothing', () => {
    expect(rows('a\u001b[4mb\u001b[24m\u001b]8;;http://x\u001b\\c')[0]?.runs).toEqual([
      { ...plain, text: 'abc' },
    ]);
  });

  it('cuts trailing blanks but those with a background', () => {
    expect(rows('a   \u001b[31m  ')[0]).toEqual({ text: 'a', runs: [{ ...plain, text: 'a' }] });
    expect(rows('a\u001b[41m  ')[0]?.runs).toEqual([
      { ...plain, text: 'a' },
      { ...plain, text: '  ', bg: '41' },
    ]);
  });

  it('reads every form of a colour', () => {
    const fg = (codes: string) => rows(`\u001b[${codes}mx`)[0]?.runs[0]?.fg;
    expect(['31', '97', '38;5;244', '1;38;2;1;2;3', '38:2:1:2:3', '31;39', '38;5;1;0'].map(fg)).toEqual([
      '31',
      '97',
      '38;5;244',
      '38;2;1;2;3',
      '38:2:1:2:3',
      null,
      null,
    ]);
  });

  it('shows line drawing as lines', () => {
    expect(rows('\u000elqk\u000f lqk')[0]?.text).toBe('┌─┐ lqk');
  });
});
