import type { Snapshot } from '../terminal-server.ts';
import { type Carry, splitLine } from './captured-line.ts';
import { PLAIN, toSgr } from './sgr.ts';

const FLAGS = [
  'cursor_x',
  'cursor_y',
  'pane_width',
  'pane_height',
  'alternate_on',
  'cursor_flag',
  'keypad_cursor_flag',
  'keypad_flag',
  'wrap_flag',
  'origin_flag',
  'insert_flag',
  'mouse_standard_flag',
  'mouse_button_flag',
  'mouse_all_flag',
  'mouse_sgr_flag',
  'scroll_region_upper',
  'scroll_region_lower',
] as const;
export const SNAPSHOT_FIELDS = FLAGS.map((flag) => `#{${flag}}`).join(' ');

export const captureHistory = (pane: string, history: number): string =>
  `capture-pane -p -e -N -S ${history === 0 ? 0 : -history} -t ${pane}`;

/**
 * Rebuilds the pane in a terminal of its size: reset, rows, modes, cursor. The main screen behind an alternate one is
 * not there: a program that leaves the alternate screen redraws, or a new snapshot is taken.
 */
export function buildSnapshot(
  header: string,
  lines: readonly string[],
  seen: { readonly bracketed: boolean; readonly offset: number },
): Snapshot {
  const values = header.split(' ').map(Number);
  const at = Object.fromEntries(FLAGS.map((flag, i) => [flag, values[i] ?? 0])) as Record<
    (typeof FLAGS)[number],
    number
  >;
  // An alternate screen has no history; lines above it belong to the main one.
  const shown = at.alternate_on ? lines.slice(-at.pane_height) : lines;
  // `ESC)0`: captured line drawing is between SO and SI.
  let ansi = `\u001bc\u001b)0${at.alternate_on ? '\u001b[?1049h\u001b[H' : ''}`;
  let carry: Carry = { style: PLAIN, drawing: false };
  ansi += shown
    .map((line) => {
      // Each row ends plain: a scrolled-in row would be filled with the current background.
      const begin = `${toSgr(carry.style)}${carry.drawing ? '\u000e' : ''}`;
      carry = splitLine(line, carry).carry;
      return `${begin}${line}\u001b[m\u000f`;
    })
    .join('\r\n');
  const mode = (on: number | boolean, number: string) => (on ? `\u001b[?${number}h` : '');
  if (at.scroll_region_upper !== 0 || at.scroll_region_lower !== at.pane_height - 1) {
    ansi += `\u001b[${at.scroll_region_upper + 1};${at.scroll_region_lower + 1}r`;
  }
  ansi += `\u001b[${at.cursor_y + 1};${at.cursor_x + 1}H`;
  ansi +=
    mode(at.keypad_cursor_flag, '1') +
    (at.keypad_flag ? '\u001b=' : '') +
    (at.insert_flag ? '\u001b[4h' : '');
  ansi +=
    mode(at.mouse_standard_flag, '1000') +
    mode(at.mouse_button_flag, '1002') +
    mode(at.mouse_all_flag, '1003');
  ansi += mode(at.mouse_sgr_flag, '1006') + mode(seen.bracketed, '2004');
  if (!at.wrap_flag) ansi += '\u001b[?7l';
  if (!at.cursor_flag) ansi += '\u001b[?25l';
  if (at.origin_flag) {
    ansi += `\u001b[?6h\u001b[${at.cursor_y - at.scroll_region_upper + 1};${at.cursor_x + 1}H`;
  }
  return {
    ansi,
    cursor: { x: at.cursor_x, y: at.cursor_y },
    cols: at.pane_width,
    rows: at.pane_height,
    offset: seen.offset,
  };
}
