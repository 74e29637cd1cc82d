import type { Screen } from '@cao/contracts';
import { findPromptBox } from '../_shared/prompt-box.ts';
import type { ScreenReading } from '../contract.ts';

/** Footer of every frame in which a turn runs, also while text streams and nothing spins. */
const BUSY = /esc to interrupt/;
const INTERRUPTED = /⎿\s+Interrupted/;
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
const DIALOG_ROWS = 24;

export function readScreen(screen: Screen): ScreenReading {
  const reading = (
    status: ScreenReading['status'],
    evidence: string,
    input: ScreenReading['input'] = 'none',
    inputText = '',
  ): ScreenReading => ({ status, input, inputText, evidence: evidence.trim() });

  const box = findPromptBox(screen);
  if (!box) {
    const rows = screen.rows.map((row) => row.text).filter((row) => row.trim() !== '');
    const dialog = rows.slice(-DIALOG_ROWS).find((row) => DIALOG.some((sign) => sign.test(row)));
    return dialog === undefined
      ? reading('unknown', rows.at(-1) ?? '')
      : reading('waiting_user_answer', dialog);
  }

  const input = box.text === '' ? 'empty' : 'text';
  const busy = box.below.slice(0, FOOTER_ROWS).find((row) => BUSY.test(row));
  if (busy !== undefined) return reading('processing', busy, input, box.text);
  // Said by the last turn only: what stands further up is history.
  const last = box.above.findLast((row) => !NOTE.test(row)) ?? '';
  return reading('idle', INTERRUPTED.test(last) ? last : (box.below[0] ?? '❯'), input, box.text);
}

export const saysInterrupted = (reading: ScreenReading): boolean => INTERRUPTED.test(reading.evidence);
