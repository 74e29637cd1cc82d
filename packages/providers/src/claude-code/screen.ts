import type { Screen } from '@cao/contracts';
import { findPromptBox } from '../_shared/prompt-box.ts';
import { filledRows, noBox, withBox } from '../_shared/reading.ts';
import type { ScreenReading } from '../contract.ts';

/** Footer of every frame in which a turn runs, also while text streams and nothing spins. */
const BUSY = /esc to interrupt/;
/** The row of the spinner counts the attempts at a model that fails. */
const RETRIES = /^\s*\S .*\battempt \d+\/\d+/;
const STOPPED = /⎿\s+Interrupted/;
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

export function readScreen(screen: Screen): ScreenReading {
  const box = findPromptBox(screen);
  if (!box) {
    const rows = filledRows(screen).map((row) => row.text);
    const dialog = rows.slice(-DIALOG_ROWS).find((row) => DIALOG.some((sign) => sign.test(row)));
    return dialog === undefined ? noBox('unknown', rows.at(-1) ?? '') : noBox('waiting_user_answer', dialog);
  }
  const busy = box.below.slice(0, FOOTER_ROWS).find((row) => BUSY.test(row));
  if (busy !== undefined) {
    const retries = box.above.slice(-WORK_ROWS).find((row) => RETRIES.test(row));
    return { ...withBox('processing', busy, box.text), retries: retries?.trim() ?? null };
  }
  // Said by the last turn only: what stands further up is history.
  const last = box.above.findLast((row) => !NOTE.test(row)) ?? '';
  return withBox('idle', STOPPED.test(last) ? last : (box.below[0] ?? '❯'), box.text);
}

export const saysInterrupted = (reading: ScreenReading): boolean => STOPPED.test(reading.evidence);
