import type { Screen } from '@cao/contracts';
import { findPromptBox } from '../_shared/prompt-box.ts';
import { filledRows, noBox, withBox } from '../_shared/reading.ts';
import type { ScreenReading } from '../contract.ts';

/** Below the box, while something goes on: a circle that blinks, and a word (`Working`, `Cancelling`, `Loading: …`). */
const BUSY = /^\s*[●○◉◎◌]\s+\S/;
const LOADING = /^\s*\S\s+Loading\b/;
/** The last line of every dialog. */
const DIALOG = /\benter to (?:select|confirm|submit)\b|\besc to (?:cancel|close|go back)\b/i;
const QUESTION = /\?\s*│?\s*$/;
const FRAME = /^│|│$/g;

export function readScreen(screen: Screen): ScreenReading {
  const box = findPromptBox(screen);
  if (!box) {
    const rows = filledRows(screen).map((row) => row.text.trim());
    const keys = rows.findLast((row) => DIALOG.test(row));
    if (keys === undefined) return noBox('unknown', rows.at(-1) ?? '');
    const question = rows.findLast((row) => QUESTION.test(row)) ?? keys;
    return noBox('waiting_user_answer', question.replace(FRAME, ''));
  }
  const footer = box.below[0] ?? '';
  // It takes keys, but its servers are not there yet.
  if (LOADING.test(footer)) return noBox('unknown', footer);
  return withBox(BUSY.test(footer) ? 'processing' : 'idle', footer, box.text);
}
