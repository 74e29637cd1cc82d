import type { Screen } from '@cao/contracts';
import { readClassic, reading, rowsOf } from '../_shared/agent-json/classic-screen.ts';
import type { ScreenReading } from '../contract.ts';

/** `agent · model · ◔ 4%   ~/folder`: stands above the input line of the terminal interface, and nowhere else. */
const STATUS = /\s·\s.*\d+%(?:\s|$)/;
const PLACEHOLDER = /ask a question,? or describe a task/i;
const BUSY = /\bKiro is working\b|\bThinking\.\.\./;
const CHOSEN = /^\s*❯\s/;
/** Below a menu it says how one moves in it. */
const MENU = /\bnavigate\b|\bto select\b/;
/** Three answers in one row, the first is chosen. */
const ANSWERS = /^\s*(?:❯\s*)?Yes\s+No\s+Always allow\b/;
const RULE = /^\s*─{20,}$/;
const CREDITS = /^\s*▸ Credits:/;

export function readScreen(screen: Screen): ScreenReading {
  const rows = rowsOf(screen);
  const status = rows.findLastIndex((row) => STATUS.test(row));
  const menu = rows.findLastIndex((row) => MENU.test(row));
  const answers = rows.findLastIndex((row) => ANSWERS.test(row));
  if (answers >= 0 && answers > status) return reading('waiting_user_answer', rows[answers] ?? '');
  if (menu >= 0 && menu > status) {
    const chosen = rows.slice(0, menu).findLast((row) => CHOSEN.test(row));
    if (chosen !== undefined) return reading('waiting_user_answer', chosen);
  }
  if (status < 0) return readClassic(rows);

  const line = rows[status + 1] ?? '';
  if (rows.slice(status).some((row) => BUSY.test(row))) return reading('processing', line);
  if (line === '') return reading('unknown', rows.at(-1) ?? '');
  const idle = PLACEHOLDER.test(line)
    ? reading('idle', line, 'empty')
    : reading('idle', line, 'text', line.trim());
  return { ...idle, answer: answerAbove(rows, status) };
}

/** The last block between two rules, without the prompt at its head and the price at its foot. */
function answerAbove(rows: readonly string[], status: number): string | null {
  const price = rows.findLastIndex((row, at) => at < status && CREDITS.test(row));
  const first = rows.findLastIndex((row, at) => at < price && RULE.test(row));
  if (price < 0 || first < 0) return null;
  // The prompt is the first row; a longer one cannot be told from the answer.
  return rows
    .slice(first + 2, price)
    .map((row) => row.replace(/^ {2}/, '').trimEnd())
    .join('\n');
}
