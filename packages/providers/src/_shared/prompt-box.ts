import type { Screen, ScreenRow } from '@cao/contracts';

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
export function findPromptBox(screen: Screen): PromptBox | null {
  const { rows } = screen;
  for (let bottom = rows.length - 1; bottom > 1; bottom -= 1) {
    if (!RULE.test(rows[bottom]?.text ?? '')) continue;
    const top = rows.findLastIndex((row, at) => at < bottom && RULE.test(row.text));
    const first = rows[top + 1];
    if (top < 0 || !first || top + 1 >= bottom || !PROMPT.test(first.text)) return null;
    const inside = rows.slice(top + 1, bottom);
    return {
      text: inside
        .map((row, n) => ownText(row, n === 0))
        .join('\n')
        .trim(),
      above: filled(rows.slice(0, top)),
      below: filled(rows.slice(bottom + 1)),
    };
  }
  return null;
}

const filled = (rows: readonly ScreenRow[]) =>
  rows.map((row) => row.text).filter((text) => text.trim() !== '');

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
