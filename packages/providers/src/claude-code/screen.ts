import { findPromptBox } from '../_shared/prompt-box.ts';
import { rowWith } from '../_shared/reading.ts';
import { screenReader } from '../_shared/screen-reader.ts';

/** Footer of every frame in which a turn runs, also while text streams and nothing spins. */
const BUSY = /esc to interrupt/;
/** The row of the spinner counts the attempts at a model that fails. */
const RETRIES = /^\s*\S .*\battempt \d+\/\d+/;
export const STOPPED = /⎿\s+Interrupted/;
const DIALOG = [
  /Do you want to (proceed|make this edit|create|allow)/,
  /Enter to (select|confirm)\b/,
  /Esc to (cancel|exit|go back)\b/,
  /Exit plan mode\?/,
  /Would you like to proceed\?/,
];
/** Tips stand to the right, between the last word of a turn and the box. */
const NOTE = /^\s{10,}/;
const FOOTER_ROWS = 8;
const WORK_ROWS = 4;
const DIALOG_ROWS = 24;

export const readScreen = screenReader({
  box: findPromptBox,
  work: ({ below }) => rowWith(below.slice(0, FOOTER_ROWS), BUSY),
  retries: ({ above }) =>
    above
      .slice(-WORK_ROWS)
      .find((row) => RETRIES.test(row))
      ?.trim() ?? null,
  rest({ above, below }) {
    // Said by the last turn only: what stands further up is history.
    const last = above.findLast((row) => !NOTE.test(row)) ?? '';
    return STOPPED.test(last) ? last : (below[0] ?? '❯');
  },
  question: (rows) => rows.slice(-DIALOG_ROWS).find((row) => DIALOG.some((sign) => sign.test(row))),
});
