import type { Screen, ScreenRow } from '@cao/contracts';
import { filledRows, noBox, withBox } from '../_shared/reading.ts';
import type { ScreenReading } from '../contract.ts';

/** Below the input box. */
const BOTTOM = /^\s*╹▀{10,}/;
/** The bar at the left of the box, and of what was said before. */
const BAR = /^\s*┃/;
const BUSY = /\besc (again to )?interrupt\b/;
/** The box makes way for a dialog, whose last row offers choices. */
const DIALOG = /Permission required|Allow once\s+Allow always\s+Reject|\benter (confirm|submit)\b/;
const DIALOG_ROWS = 16;

export function readScreen(screen: Screen): ScreenReading {
  const rows = filledRows(screen);
  const bottom = rows.findLastIndex((row) => BOTTOM.test(row.text));
  if (bottom < 0) {
    const dialog = rows.slice(-DIALOG_ROWS).find((row) => DIALOG.test(row.text));
    if (!dialog) return noBox('unknown', rows.at(-1)?.text ?? '');
    return noBox('waiting_user_answer', dialog.text.replace(BAR, ''));
  }
  const top = rows.findLastIndex((row, at) => at < bottom && !BAR.test(row.text));
  const footer = rows[bottom + 1]?.text ?? '';
  const status = BUSY.test(footer) ? 'processing' : 'idle';
  return withBox(status, footer.trim() || '╹', textOf(rows.slice(top + 1, bottom)));
}

/**
 * The last row of the box names agent and model. A placeholder is grey, what was typed is nearly white, and the mark of a
 * long paste is bold.
 */
function textOf(box: readonly ScreenRow[]): string {
  const filled = box.filter((row) => row.text.replace(BAR, '').trim() !== '');
  return filled
    .slice(0, -1)
    .filter((row) => !isGrey(row))
    .map((row) => row.text.replace(BAR, '').replace(/^ {2}/, ''))
    .join('\n')
    .trim();
}

const DARKEST_TYPED = 180;

function isGrey({ runs }: ScreenRow): boolean {
  const words = runs.filter((run) => /[^\s┃]/.test(run.text));
  return (
    words.length > 0 && words.every(({ fg, bold }) => !bold && fg !== null && brightness(fg) < DARKEST_TYPED)
  );
}

/** Of `38;2;r;g;b`; any other colour counts as bright. */
function brightness(fg: string): number {
  const [kind, space, ...rgb] = fg.split(/[;:]/).map(Number);
  return kind === 38 && space === 2 && rgb.length >= 3 ? Math.max(...rgb.slice(-3)) : 255;
}
