import type { Screen, ScreenRow } from '@cao/contracts';
import { filledRows, noBox, withBox } from '../_shared/reading.ts';
import type { ScreenReading } from '../contract.ts';

/** The title begins with a sign of what the CLI does; what follows is a thought, a folder, or words of the user's choice. */
const TITLE = { asks: '✋', works: ['✦', '⏲'], ready: '◇' } as const;
/** The box of the input and that of each sent message: a row of lower halves above, one of upper halves below. */
const TOP = /^▄{20,}$/;
const BOTTOM = /^▀{20,}$/;
/** `>`, `*` when nothing is asked, `!` for a shell command. */
const PROMPT = /^ [>*!] ?/;
/** Entries of the conversation and of dialogs. None of them stands below the input box. */
const ENTRY = /^\s?[╭│╰✦ℹ✕✓]/;
/** The chosen entry of a list. */
const CHOICE = /●\s+\d+\./;
/** While it works, a spinner stands above the box; in front of a hook's name it is the only sign. */
const SPINNER = /^\s?[⠁-⣿]\s/;
const CANCELLED = /^ℹ Request cancelled/;
const ABOVE_ROWS = 4;

/**
 * The title tells what it does, except that it says `Ready` below the dialogs that come before or between turns (login,
 * a file outside the folder): an input box must be seen as well.
 */
export function readScreen(screen: Screen): ScreenReading {
  const rows = filledRows(screen);
  const last = rows.at(-1)?.text ?? '';
  const box = findBox(rows);
  if (!box) {
    const asks = screen.title.startsWith(TITLE.asks);
    const listed = rows.some((row) => CHOICE.test(row.text)) && /[╯│]\s*$/.test(last);
    if (!asks && !listed) return noBox('unknown', last);
    return noBox('waiting_user_answer', question(rows) ?? (asks ? screen.title : last));
  }
  const above = box.above.slice(-ABOVE_ROWS);
  const works = TITLE.works.some((sign) => screen.title.startsWith(sign));
  const spins = above.find((row) => SPINNER.test(row));
  if (works || spins !== undefined) return withBox('processing', spins ?? screen.title, box.text);
  const cancelled = above.find((row) => CANCELLED.test(row));
  return withBox('idle', cancelled ?? (screen.title || last), box.text);
}

interface Box {
  readonly text: string;
  readonly above: readonly string[];
}

function findBox(rows: readonly ScreenRow[]): Box | null {
  const bottom = rows.findLastIndex((row) => BOTTOM.test(row.text));
  const top = rows.findLastIndex((row, at) => at < bottom && TOP.test(row.text));
  const first = rows[top + 1];
  if (top < 0 || !first || top + 1 >= bottom || !PROMPT.test(first.text)) return null;
  if (rows.slice(bottom + 1).some((row) => ENTRY.test(row.text))) return null;
  const inside = rows.slice(top + 1, bottom);
  const text = inside.map((row) => row.text.slice(3)).join('\n');
  return {
    text: isPlaceholder(first) ? '' : text.trim(),
    above: rows.slice(0, top).map((row) => row.text),
  };
}

/** The cursor stands on a blank in front of the words. What was typed has the cursor behind it, or on one of its letters. */
function isPlaceholder(row: ScreenRow): boolean {
  const cursor = row.runs.findIndex((run) => run.inverse);
  if (cursor < 0) return /^.{2}\s+Type your message/.test(row.text);
  const before = row.runs.slice(0, cursor).map((run) => run.text);
  return (
    row.runs[cursor]?.text === ' ' && PROMPT.test(before.join('')) && before.join('').trim().length === 1
  );
}

/** The line that asks, else the first of the dialog's list. */
function question(rows: readonly ScreenRow[]): string | undefined {
  const list = rows.findLastIndex((row) => CHOICE.test(row.text));
  const dialog = rows.slice(0, list + 1).map((row) => row.text.replace(/[│╭╮╰╯─]/g, '').trim());
  return dialog.findLast((text) => text.endsWith('?')) ?? dialog.at(-1);
}

export const saysCancelled = (reading: ScreenReading): boolean => CANCELLED.test(reading.evidence);
