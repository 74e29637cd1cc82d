import type { ScreenRow } from '@cao/contracts';
import { rowWith } from '../_shared/reading.ts';
import { screenReader } from '../_shared/screen-reader.ts';

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
const CHOICE = /^›\s+\d+\.\s/;
/** What was said before a dialog stands at the left edge. */
const HISTORY = /^[^\s›]/;
const STOPPED = /^■ Conversation interrupted/;
const FOOTER_ROWS = 3;

export const readScreen = screenReader({
  box({ title, rows }) {
    const top = rows.findLastIndex((row) => COMPOSER.test(row.text));
    const composer = rows[top];
    if (!composer || isMenu(composer) || !(READY.test(title) || BUSY.test(title))) return null;
    const above = rows.slice(0, top).findLast(isFilled)?.text ?? '';
    return { text: inputOf(rows.slice(top)), above };
  },
  work: (_, { title }) => (BUSY.test(title) ? title : undefined),
  rest: ({ above }, { title }) => (STOPPED.test(above) ? above : title),
  question(rows, { title }) {
    const last = rows.at(-1) ?? '';
    if (!ASKS.test(title) && !DIALOG.test(last)) return undefined;
    const dialog = rows.slice(rows.findLastIndex((row) => HISTORY.test(row)) + 1);
    return rowWith(dialog, QUESTION) ?? rowWith(dialog, CHOICE) ?? last;
  },
});

const isFilled = (row: ScreenRow): boolean => row.text.trim() !== '';
const isMenu = ({ text, runs }: ScreenRow): boolean => CHOICE.test(text) && runs.some((run) => run.inverse);

/** From the prompt sign down; the footer is what stands below the last empty row, unless the text fills the screen. */
function inputOf(rows: readonly ScreenRow[]): string {
  const end = rows.findLastIndex(isFilled) + 1;
  const gap = rows.findLastIndex((row, at) => at < end && !isFilled(row));
  const own = rows.slice(0, gap > 0 && end - gap - 1 <= FOOTER_ROWS ? gap : end);
  return own.map(typed).join('\n').trim();
}

/** What was typed: the placeholder is dim, and an arrow at the right says that there is more above or below. */
function typed({ runs }: ScreenRow): string {
  const bright = runs.filter((run) => !run.dim).map((run) => run.text);
  return bright
    .join('')
    .replace(/^›(?=\s|$)|\s[↑↓]\s*$/g, '')
    .trim();
}
