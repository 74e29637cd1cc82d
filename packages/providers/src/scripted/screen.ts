import type { Screen } from '@cao/contracts';
import { findPromptBox } from '../_shared/prompt-box.ts';
import { noBox, withBox } from '../_shared/reading.ts';
import type { ScreenReading } from '../contract.ts';

const BUSY = /working · esc to interrupt/;
const DIALOG = /Do you want to proceed\?/;

export function readScreen(screen: Screen): ScreenReading {
  const box = findPromptBox(screen);
  if (box) {
    const footer = box.below[0] ?? '';
    return withBox(BUSY.test(footer) ? 'processing' : 'idle', footer, box.text);
  }
  const dialog = screen.rows.find((row) => DIALOG.test(row.text));
  return noBox(dialog ? 'waiting_user_answer' : 'unknown', dialog?.text ?? '');
}
