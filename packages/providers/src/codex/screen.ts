import type { Screen, ScreenRow } from '@cao/contracts';
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
const HISTORY = /^[^\s›]/;
const INTERRUPTED = /^■ Conversation interrupted/;
const FOOTER_ROWS = 3;

export function readScreen({ title, rows }: Screen): ScreenReading {
  const reading = (
    status: ScreenReading['status'],
    evidence: string,
    input: ScreenReading['input'] = 'none',
    inputText = '',
  ): ScreenReading => ({ status, input, inputText, evidence: evidence.trim() });

  const filled = rows.map((row) => row.text).filter((row) => row.trim() !== '');
  const last = filled.at(-1) ?? '';
  // Of the dialog alone: what was said before stands at the left edge.
  const question = () =>
    filled.slice(filled.findLastIndex((row) => HISTORY.test(row)) + 1).find((row) => QUESTION.test(row)) ??
    last;
  if (ASKS.test(title)) return reading('waiting_user_answer', question());

  const known = READY.test(title) || BUSY.test(title);
  const top = rows.findLastIndex((row) => COMPOSER.test(row.text));
  if (!known || top < 0 || isMenu(rows[top])) {
    return DIALOG.test(last)
      ? reading('waiting_user_answer', question())
      : reading('unknown', known ? title : last);
  }
  const text = inputOf(rows.slice(top));
  const input = text === '' ? 'empty' : 'text';
  if (BUSY.test(title)) return reading('processing', title, input, text);
  const above = rows.slice(0, top).findLast((row) => row.text.trim() !== '')?.text ?? '';
  return reading('idle', INTERRUPTED.test(above) ? above : title, input, text);
}

const isMenu = (row: ScreenRow | undefined): boolean =>
  /^›\s+\d+\.\s/.test(row?.text ?? '') && isInverse(row);
const isInverse = (row: ScreenRow | undefined): boolean => row?.runs.some((run) => run.inverse) ?? false;

/** From the prompt sign down; the footer is what stands below the last empty row, unless the text fills the screen. */
function inputOf(rows: readonly ScreenRow[]): string {
  const end = rows.findLastIndex((row) => row.text.trim() !== '') + 1;
  const gap = rows.findLastIndex((row, at) => at < end && row.text.trim() === '');
  const own = gap > 0 && end - gap - 1 <= FOOTER_ROWS ? rows.slice(0, gap) : rows.slice(0, end);
  return own.map(typed).join('\n').trim();
}

/** What was typed: the placeholder is dim, and an arrow at the right says that there is more above or below. */
function typed(row: ScreenRow): string {
  const text = row.runs
    .filter((run) => !run.dim)
    .map((run) => run.text)
    .join('');
  return text
    .replace(COMPOSER, '')
    .replace(/\s[↑↓]\s*$/, '')
    .trim();
}
