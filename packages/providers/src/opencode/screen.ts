import type { Screen, ScreenRow } from '@cao/contracts';
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
  const reading = (
    status: ScreenReading['status'],
    evidence: string,
    input: ScreenReading['input'] = 'none',
    inputText = '',
  ): ScreenReading => ({ status, input, inputText, evidence: evidence.replace(BAR, '').trim() });

  const rows = screen.rows.filter((row) => row.text.trim() !== '');
  const bottom = rows.findLastIndex((row) => BOTTOM.test(row.text));
  const last = rows.at(-1)?.text ?? '';
  if (bottom < 0) {
    const dialog = rows.slice(-DIALOG_ROWS).find((row) => DIALOG.test(row.text));
    return dialog ? reading('waiting_user_answer', dialog.text) : reading('unknown', last);
  }
  const top = rows.findLastIndex((row, at) => at < bottom && !BAR.test(row.text));
  const text = textOf(rows.slice(top + 1, bottom));
  const footer = rows[bottom + 1]?.text ?? '';
  const status = BUSY.test(footer) ? 'processing' : 'idle';
  return reading(status, footer.trim() || '╹', text === '' ? 'empty' : 'text', text);
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
