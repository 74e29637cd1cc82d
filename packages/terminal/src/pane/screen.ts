import type { Screen, ScreenRow, ScreenRun } from '@cao/contracts';
import { type Carry, drawn, splitLine } from './captured-line.ts';
import { BOLD, DIM, INVERSE, PLAIN, type Style } from './sgr.ts';

/** Fields of the line that precedes the captured rows. */
export const SCREEN_FIELDS = '#{cursor_x} #{cursor_y} #{alternate_on} #{pane_width} #{pane_title}';
/** `-N` keeps trailing spaces, which may have a background: their runs are wanted. */
export const captureScreen = (pane: string): string => `capture-pane -p -e -N -t ${pane}`;

/** @param header `SCREEN_FIELDS` as tmux filled them in. @param lines what `captureScreen` printed. */
export function parseScreen(header: string, lines: readonly string[]): Screen {
  const [x, y, alternate, cols] = header.split(' ', 4).map(Number);
  const title = header.split(' ').slice(4).join(' ');
  const rows: ScreenRow[] = [];
  let carry: Carry = { style: PLAIN, drawing: false };
  for (const line of lines) {
    const split = splitLine(line, carry);
    carry = split.carry;
    const runs: ScreenRun[] = [];
    for (const part of split.parts) {
      const run = runOf(part.drawing ? drawn(part.text) : part.text, part.style);
      const last = runs.at(-1);
      if (last && sameStyle(last, run)) runs[runs.length - 1] = { ...last, text: last.text + run.text };
      else runs.push(run);
    }
    const text = runs
      .map((run) => run.text)
      .join('')
      .trimEnd();
    rows.push({ text, runs: withoutTrailingBlanks(runs) });
  }
  return { cols: cols ?? 0, rows, cursor: { x: x ?? 0, y: y ?? 0 }, alternate: alternate === 1, title };
}

const runOf = (text: string, { attributes, fg, bg }: Style): ScreenRun => ({
  text,
  dim: attributes.has(DIM),
  bold: attributes.has(BOLD),
  inverse: attributes.has(INVERSE),
  fg,
  bg,
});

const sameStyle = (a: ScreenRun, b: ScreenRun): boolean =>
  a.dim === b.dim && a.bold === b.bold && a.inverse === b.inverse && a.fg === b.fg && a.bg === b.bg;

/** Blanks at the end of a row count only where they are seen: with a background, or inverse. */
function withoutTrailingBlanks(runs: ScreenRun[]): ScreenRun[] {
  const kept = [...runs];
  for (let last = kept.at(-1); last && !last.inverse && last.bg === null; last = kept.at(-1)) {
    const text = last.text.trimEnd();
    kept.pop();
    if (text === '') continue;
    kept.push({ ...last, text });
    break;
  }
  return kept;
}
