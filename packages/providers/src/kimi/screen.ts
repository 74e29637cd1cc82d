import { findBox, textsOf, typedIn } from '../_shared/box.ts';
import { rowWith } from '../_shared/reading.ts';
import { screenReader } from '../_shared/screen-reader.ts';

/** Borders of the input box; one with more rows than it shows says so in them. */
const TOP = /^\s*╭─.*─╮$/;
const BOTTOM = /^\s*╰─.*─╯$/;
/** The greeting has the same borders, and no such row. */
const PROMPT = /^\s*│ > .*│$/;
const INSIDE = /^\s*│ [>\s] (.*?)\s*│$/;
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
export const readScreen = screenReader({
  box(_, rows) {
    const box = findBox(rows, { top: TOP, bottom: BOTTOM, prompt: PROMPT, mayBeCut: true, notBelow: RULE });
    return box && { ...box, text: typedIn(box.inside, INSIDE) };
  },
  work: ({ above }) => rowWith(above.slice(-WORK_ROWS), BUSY),
  rest: ({ above }) => above.at(-1) ?? '>',
  retries: (_, work) => (ATTEMPTS.test(work) ? work.trim() : null),
  question(_, { rows }) {
    const inside = textsOf(findBox(rows, { top: RULE, bottom: RULE, notBelow: BOTTOM })?.inside ?? []);
    return rowWith(inside, CHOSEN) && inside[0]?.replace(CHOSEN, '');
  },
});
