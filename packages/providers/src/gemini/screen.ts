import type { ScreenRow } from '@cao/contracts';
import { findBox, typedIn } from '../_shared/box.ts';
import { rowWith } from '../_shared/reading.ts';
import { screenReader } from '../_shared/screen-reader.ts';

/** The title begins with a sign of what the CLI does; what follows is a thought, a folder, or words of the user's choice. */
const TITLE = { asks: /^✋/, works: /^(?:✦|⏲)/, ready: /^◇/ };
/** The box of the input and that of each sent message: a row of lower halves above, one of upper halves below. */
const TOP = /^▄{20,}$/;
const BOTTOM = /^▀{20,}$/;
/** `>`, `*` when nothing is asked, `!` for a shell command. */
const PROMPT = /^ [>*!] ?/;
const TYPED = /^.{3}(.*)$/;
/** Entries of the conversation and of dialogs. None of them stands below the input box. */
const ENTRY = /^\s?[╭│╰✦ℹ✕✓]/;
/** The chosen entry of a list. */
const CHOICE = /●\s+\d+\./;
/** While it works, a spinner stands above the box; in front of a hook's name it is the only sign. */
const SPINNER = /^\s?[⠁-⣿]\s/;
export const CANCELLED = /^ℹ Request cancelled/;
const ABOVE_ROWS = 4;

/**
 * The title tells what it does, except that it says `Ready` below the dialogs that come before or between turns (login,
 * a file outside the folder): an input box must be seen as well.
 */
export const readScreen = screenReader({
  box(_, rows) {
    const box = findBox(rows, { top: TOP, bottom: BOTTOM, prompt: PROMPT, notBelow: ENTRY });
    const isEmpty = box?.inside.slice(0, 1).some(isPlaceholder);
    return box && { text: isEmpty ? '' : typedIn(box.inside, TYPED), above: box.above.slice(-ABOVE_ROWS) };
  },
  work: ({ above }, { title }) => rowWith(above, SPINNER) ?? rowWith([title], TITLE.works),
  rest: ({ above }, { title, rows }) => rowWith(above, CANCELLED) ?? (title || (rows.at(-1)?.text ?? '')),
  question(rows, { title }) {
    const list = rows.findLastIndex((row) => CHOICE.test(row));
    if (!TITLE.asks.test(title) && (list < 0 || !/[╯│]\s*$/.test(rows.at(-1) ?? ''))) return undefined;
    // The line that asks, else the first of the dialog's list.
    const dialog = rows.slice(0, list + 1).map((row) => row.replace(/[│╭╮╰╯─]/g, '').trim());
    return dialog.findLast((text) => text.endsWith('?')) ?? dialog.at(-1) ?? title;
  },
});

/** The cursor stands on a blank in front of the words. What was typed has the cursor behind it, or on one of its letters. */
function isPlaceholder(row: ScreenRow): boolean {
  const cursor = row.runs.findIndex((run) => run.inverse);
  if (cursor < 0) return /^.{2}\s+Type your message/.test(row.text);
  const before = row.runs.slice(0, cursor).reduce((text, run) => text + run.text, '');
  return row.runs[cursor]?.text === ' ' && /^ [>*!]\s*$/.test(before);
}
