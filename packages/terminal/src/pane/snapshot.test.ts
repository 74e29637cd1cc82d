import { describe, expect, it } from 'vitest';
import { buildSnapshot } from './snapshot.ts';

/** 10 × 2, cursor at 1,1; wrap and cursor on, nothing else. */
const header = (change: Partial<Record<'alternate' | 'mouse' | 'cursor', number>> = {}) =>
  `1 1 10 2 ${change.alternate ?? 0} ${change.cursor ?? 1} 0 0 1 0 0 ${change.mouse ?? 0} 0 0 0 0 1`;

describe('a snapshot', () => {
  it('begins with a reset, ends each row plain, and ends at the cursor', () => {
    const { ansi, ...rest } = buildSnapshot(header(), ['\u001b[41mred', 'still'], {
      bracketed: false,
      offset: 7,
    });
    expect(ansi).toBe(
      '\u001bc\u001b)0\u001b[0m\u001b[41mred\u001b[m\u000f\r\n\u001b[0;41mstill\u001b[m\u000f\u001b[2;2H',
    );
    expect(rest).toEqual({ cursor: { x: 1, y: 1 }, cols: 10, rows: 2, offset: 7 });
  });

  it('brings the modes back', () => {
    const { ansi } = buildSnapshot(header({ mouse: 1, cursor: 0 }), ['', ''], { bracketed: true, offset: 0 });
    expect(ansi.endsWith('\u001b[?1000h\u001b[?2004h\u001b[?25l')).toBe(true);
  });

  it('shows an alternate screen without the history of the main one', () => {
    const { ansi } = buildSnapshot(header({ alternate: 1 }), ['history', 'a', 'b'], {
      bracketed: false,
      offset: 0,
    });
    expect(ansi).not.toContain('history');
    expect(ansi).toContain('\u001b[?1049h');
  });
});
