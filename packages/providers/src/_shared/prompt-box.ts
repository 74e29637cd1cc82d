import type { Screen, ScreenRow } from '@cao/contracts';
import { findBox } from './box.ts';

/** An input box between two rules, as Claude Code draws it. */
export interface PromptBox {
  /** Text in the box; dim text (a placeholder, a hint) is none. Rows are joined by LF. */
  readonly text: string;
  /** Rows above the box, top to bottom, without empty ones. */
  readonly above: readonly string[];
  /** Rows below the box. */
  readonly below: readonly string[];
}

/** May have a label in it. A row of a wrapped text that begins like one does not end like one. */
const RULE = /^\s*[─━]{20,}(?:.*[─━])?\s*$/;
const PROMPT = /^\s*[❯>](?:\s|$)/;

/** The lowest box of the screen; null when there is none (a dialog has taken its place). */
export function findPromptBox({ rows }: Screen): PromptBox | null {
  const box = findBox(rows, { top: RULE, bottom: RULE, prompt: PROMPT });
  if (!box) return null;
  const text = box.inside.map((row, n) => ownText(row, n === 0)).join('\n');
  return { text: text.trim(), above: box.above.filter(isFilled), below: box.below.filter(isFilled) };
}

const isFilled = (text: string): boolean => text.trim() !== '';

/** What was typed into a row: without the prompt sign, without what is dim. An inverse cell is the cursor, not text. */
function ownText(row: ScreenRow, first: boolean): string {
  const runs = row.runs.length > 0 ? row.runs : [{ text: row.text, dim: false, inverse: false }];
  const placeholder =
    runs.some((run) => run.dim) && runs.every((run) => run.dim || run.inverse || /^[\s❯>]*$/.test(run.text));
  if (placeholder) return '';
  const text = runs
    .filter((run) => !run.dim)
    .map((run) => run.text)
    .join('');
  return (first ? text.replace(PROMPT, '') : text.replace(/^ {2}/, '')).replaceAll('\u00a0', ' ').trimEnd();
}
