import type { Screen } from '@cao/contracts';
import { findPromptBox } from '../_shared/prompt-box.ts';
import type { ScreenReading } from '../contract.ts';

const BUSY = /working · esc to interrupt/;
const DIALOG = /Do you want to proceed\?/;

export function readScreen(screen: Screen): ScreenReading {
  const box = findPromptBox(screen);
  if (!box) {
    const dialog = screen.rows.find((row) => DIALOG.test(row.text));
    const status = dialog ? 'waiting_user_answer' : 'unknown';
    return { status, input: 'none', inputText: '', evidence: dialog?.text.trim() ?? '' };
  }
  const footer = box.below[0] ?? '';
  return {
    status: BUSY.test(footer) ? 'processing' : 'idle',
    input: box.text === '' ? 'empty' : 'text',
    inputText: box.text,
    evidence: footer.trim(),
  };
}
