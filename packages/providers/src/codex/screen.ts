import type { Screen, ScreenRow } from '@cao/contracts';
import { filledRows, noBox, withBox } from '../_shared/reading.ts';
import type { ScreenReading } from '../contract.ts';

/**
 * 0.169.0 draws the same screen while an answer streams and while it waits. The title tells them apart: a spinner and a
 * word, `Ready`, or `[ . ] Action Required`. Before it has set one (the title is the host's name), nothing is known.
 */
const READY = /^Ready$/;
const BUSY = /^[\u2801-\u28ff]|^(?:Working|Thinking)\b/;
const ASKS = /\bAction Required\b/;
const COMPOSER = /^›(?:\s|$)/;
/** Dialogs before a conversation (trust, login, updates) set no title; their last line names its keys. */
const DIALOG = /\b(?:enter|esc)\b.*\b(?:continue|confirm|submit|select|skip|cancel|back|exit|close)\b/i;
const QUESTION = /\?\s*$/;
/** What was said before a dialog stands at the left edge. */
const HISTORY = /^[^\s›]/;
const STOPPED = /^■ Conversation interrupted/;
const FOOTER_ROWS = 3;

export function readScreen(screen: Screen): ScreenReading {
  const { title, rows } = screen;
  const filled = filledRows(screen).map((row) => row.text);
  const last = filled.at(-1) ?? '';
  const dialog = filled.slice(filled.findLastIndex((row) => HISTORY.test(row)) + 1);
  const question = dialog.find((row) => QUESTION.test(row)) ?? last;
  if (ASKS.test(title)) return noBox('waiting_user_answer', question);

  const known = READY.test(title) || BUSY.test(title);
  const top = rows.findLastIndex((row) => COMPOSER.test(row.text));
  if (!known || top < 0 || isMenu(rows[top])) {
    if (DIALOG.test(last)) return noBox('waiting_user_answer', question);
    return noBox('unknown', known ? title : last);
  }
  const text = inputOf(rows.slice(top));
  if (BUSY.test(title)) return withBox('processing', title, text);
  const above = rows.slice(0, top).findLast((row) => row.text.trim() !== '')?.text ?? '';
  return withBox('idle', STOPPED.test(above) ? above : title, text);
}

const isMenu = (row: ScreenRow | undefined): boolean =>
  /^›\s+\d+\.\s/.test(row?.text ?? '') && (row?.runs.some((run) => run.inverse) ?? false);

/** From the prompt sign down; the footer is what stands below the last empty row, unless the text fills the screen. */
function inputOf(rows: readonly ScreenRow[]): string {
  const end = rows.findLastIndex((row) => row.text.trim() !== '') + 1;
  const gap = rows.findLastIndex((row, at) => at < end && row.text.trim() === '');
  const own = gap > 0 && end - gap - 1 <= FOOTER_ROWS ? rows.slice(0, gap) : rows.slice(0, end);
  return own.map(typed).join('\n').trim();
}

/** What was typed: the placeholder is dim, and an arrow at the right says that there is more above or below. */
function typed(row: ScreenRow): string {
  const bright = row.runs.filter((run) => !run.dim).map((run) => run.text);
  return bright
    .join('')
    .replace(COMPOSER, '')
    .replace(/\s[↑↓]\s*$/, '')
    .trim();
}
