import type { ScreenRow } from '@cao/contracts';

/** How an input box is drawn. */
interface Frame {
  readonly top: RegExp;
  readonly bottom: RegExp;
  /** How the first row in it begins: the prompt sign. */
  readonly prompt: RegExp;
  /** What never stands below the box of the input: with it, this one is of a dialog, or was left behind. */
  readonly notBelow?: RegExp;
}

export interface Box {
  /** Texts of the rows above it, top to bottom. */
  readonly above: readonly string[];
  readonly inside: readonly ScreenRow[];
  /** Texts of the rows below it. */
  readonly below: readonly string[];
}

/** The lowest box of the screen; null when that is none of the input (a dialog has taken its place). */
export function findBox(rows: readonly ScreenRow[], { prompt, notBelow, ...borders }: Frame): Box | null {
  const box = rowsBetween(rows, borders);
  if (!box || !prompt.test(box.inside[0]?.text ?? '')) return null;
  return notBelow && box.below.some((row) => notBelow.test(row)) ? null : box;
}

/** What the lowest row like `bottom` and the lowest one like `top` above it enclose; null when that is nothing. */
export function rowsBetween(
  rows: readonly ScreenRow[],
  { top, bottom }: Pick<Frame, 'top' | 'bottom'>,
): Box | null {
  const end = rows.findLastIndex((row) => bottom.test(row.text));
  const start = rows.findLastIndex((row, at) => at < end && top.test(row.text));
  if (start < 0 || start + 1 >= end) return null;
  return {
    above: textsOf(rows.slice(0, start)),
    inside: rows.slice(start + 1, end),
    below: textsOf(rows.slice(end + 1)),
  };
}

const textsOf = (rows: readonly ScreenRow[]): readonly string[] => rows.map((row) => row.text);

/** What was typed into these rows: the first group of `typed` in each; nothing of a row that is no more than a hint. */
export const typedIn = (
  rows: readonly ScreenRow[],
  typed: RegExp,
  isHint: (row: ScreenRow) => boolean = () => false,
): string =>
  rows
    .filter((row) => !isHint(row))
    .map((row) => typed.exec(row.text)?.[1] ?? '')
    .join('\n')
    .trim();
