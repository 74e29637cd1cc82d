import type { Screen, ScreenRow } from '@cao/contracts';
import { filledRows, noBox, withBox } from '../_shared/reading.ts';
import type { ScreenReading } from '../contract.ts';

/** Borders of the input box; one with more rows than it shows says so in them. */
const TOP = /^\s*╭─.*─╮$/;
const BOTTOM = /^\s*╰─.*─╯$/;
const INSIDE = /^\s*│ ([>\s]) (.*?)\s*│$/;
const RULE = /^\s*─{20,}$/;
/** Above the box while a turn runs: a braille wheel, or a moon while tools work and while a call is tried again. */
const BUSY = /^ {1,2}(?:[⠀-⣿]|[\u{1F311}-\u{1F318}])(?:\s|$)/u;
/** Behind its sign, of a call that is tried again: `(2/3)`. */
const ATTEMPTS = /\(\d+\/\d+\)/;
/** The entry of a dialog or menu that is chosen. */
const CHOSEN = /^\s*[▶❯→]\s/;
/** Below what the turn does stand at most a list of queued messages and a note on a retry. */
const WORK_ROWS = 12;

/**
 * One of two things stands above the footer: the input box, or, between two rules, a dialog with a chosen entry. Anything
 * else (a page of help, a start that is not over) takes no input: unknown.
 */
export function readScreen(screen: Screen): ScreenReading {
  const rows = filledRows(screen);
  const rule = rows.findLastIndex(({ text }) => RULE.test(text));
  const bottom = rows.findLastIndex(({ text }) => BOTTOM.test(text));
  const text = bottom > rule ? boxText(rows, bottom) : null;
  if (text === null) {
    const dialog = rule > bottom ? dialogAbove(rows, rule) : null;
    return dialog === null ? noBox('unknown', rows.at(-1)?.text ?? '') : noBox('waiting_user_answer', dialog);
  }
  const above = rows.slice(0, topOf(rows, bottom)).map((row) => row.text);
  const busy = above.slice(-WORK_ROWS).find((row) => BUSY.test(row));
  if (busy === undefined) return withBox('idle', above.at(-1) ?? '>', text);
  return { ...withBox('processing', busy, text), retries: ATTEMPTS.test(busy) ? busy.trim() : null };
}

const topOf = (rows: readonly ScreenRow[], bottom: number): number =>
  rows.findLastIndex(({ text }, at) => at < bottom && TOP.test(text));

/** What is typed into the box that ends here; null when it is none (the greeting has the same borders). */
function boxText(rows: readonly ScreenRow[], bottom: number): string | null {
  const inside = rows.slice(topOf(rows, bottom) + 1, bottom).map(({ text }) => INSIDE.exec(text));
  if (inside[0]?.[1] !== '>') return null;
  return inside
    .map((row) => row?.[2] ?? '')
    .join('\n')
    .trim();
}

/** The question of the dialog that ends with this rule; null when nothing in it is to be chosen. */
function dialogAbove(rows: readonly ScreenRow[], rule: number): string | null {
  const first = rows.findLastIndex(({ text }, at) => at < rule && RULE.test(text));
  const inside = rows.slice(first + 1, rule).map(({ text }) => text);
  if (first < 0 || !inside.some((row) => CHOSEN.test(row))) return null;
  return (inside[0] ?? '').replace(CHOSEN, '');
}
