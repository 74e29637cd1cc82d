import type { ScreenRow } from '@cao/contracts';
import { typedIn } from '../_shared/box.ts';
import { rowWith } from '../_shared/reading.ts';
import { screenReader } from '../_shared/screen-reader.ts';

/** Below the input box. */
const BOTTOM = /^\s*╹▀{10,}/;
/** The bar at the left of the box, and of what was said before. */
const BAR = /^\s*┃/;
/** What stands behind it. */
const TYPED = /^\s*┃(?: {2})?(.*)$/;
const BUSY = /\besc (again to )?interrupt\b/;
/** The box makes way for a dialog, whose last row offers choices. */
const DIALOG = /Permission required|Allow once\s+Allow always\s+Reject|\benter (confirm|submit)\b/;
const DIALOG_ROWS = 16;

export const readScreen = screenReader({
  box(_, rows) {
    const bottom = rows.findLastIndex((row) => BOTTOM.test(row.text));
    if (bottom < 0) return null;
    const top = rows.findLastIndex((row, at) => at < bottom && !BAR.test(row.text));
    // The last row of the box names agent and model.
    const typed = rows.slice(top + 1, bottom).filter((row) => TYPED.exec(row.text)?.[1]?.trim());
    return { text: typedIn(typed.slice(0, -1), TYPED, isGrey), footer: rows[bottom + 1]?.text.trim() ?? '' };
  },
  work: ({ footer }) => (BUSY.test(footer) ? footer : undefined),
  rest: ({ footer }) => footer || '╹',
  question: (rows) => rowWith(rows.slice(-DIALOG_ROWS), DIALOG)?.replace(BAR, ''),
});

const DARKEST_TYPED = 180;

/** A placeholder is grey, what was typed is nearly white, and the mark of a long paste is bold. */
function isGrey({ runs }: ScreenRow): boolean {
  const words = runs.filter((run) => /[^\s┃]/.test(run.text));
  return words.length > 0 && words.every(({ fg, bold }) => !bold && brightness(fg ?? '') < DARKEST_TYPED);
}

/** Of `38;2;r;g;b`; any other colour counts as bright, and so does none. */
function brightness(fg: string): number {
  const [kind, space, ...rgb] = fg.split(/[;:]/).map(Number);
  return kind === 38 && space === 2 && rgb.length >= 3 ? Math.max(...rgb.slice(-3)) : 255;
}
