import type { Screen } from '@cao/contracts';
import { findPromptBox } from '../_shared/prompt-box.ts';
import type { ScreenReading } from '../contract.ts';

/** Below the box, while something goes on: a circle that blinks, and a word (`Working`, `Cancelling`, `Loading: …`). */
const BUSY = /^\s*[●○◉◎◌]\s+\S/;
const LOADING = /^\s*\S\s+Loading\b/;
/** The last line of every dialog. */
const DIALOG = /\benter to (?:select|confirm|submit)\b|\besc to (?:cancel|close|go back)\b/i;
const QUESTION = /\?\s*│?\s*$/;
const FRAME = /^│|│$/g;

export function readScreen(screen: Screen): ScreenReading {
  const reading = (
    status: ScreenReading['status'],
    evidence: string,
    input: ScreenReading['input'] = 'none',
    inputText = '',
  ): ScreenReading => ({ status, input, inputText, evidence: evidence.replace(FRAME, '').trim() });

  const box = findPromptBox(screen);
  if (!box) {
    const rows = screen.rows.map((row) => row.text.trim()).filter((row) => row !== '');
    const keys = rows.findLast((row) => DIALOG.test(row));
    if (keys === undefined) return reading('unknown', rows.at(-1) ?? '');
    return reading('waiting_user_answer', rows.findLast((row) => QUESTION.test(row)) ?? keys);
  }
  const footer = box.below[0] ?? '';
  // It takes keys, but its servers are not there yet.
  if (LOADING.test(footer)) return reading('unknown', footer);
  const input = box.text === '' ? 'empty' : 'text';
  return reading(BUSY.test(footer) ? 'processing' : 'idle', footer, input, box.text);
}
