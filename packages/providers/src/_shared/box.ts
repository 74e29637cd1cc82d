import type { ScreenRow } from '@cao/contracts';
import { rowWith } from './reading.ts';

/** How a box is drawn. */
interface Frame {
  readonly top: RegExp;
  readonly bottom: RegExp;
  /** How the first row in it begins, as the prompt sign of an input does. */
  readonly prompt?: RegExp;
  /** Its top may be cut off by the edge of the screen. */
  readonly mayBeCut?: true;
  /** What never stands below it: with that, it is another one, or was left behind. */
  readonly notBelow?: RegExp;
}

export interface Box {
  /** Texts of the rows above it, top to bottom. */
  readonly above: readonly string[];
  readonly inside: readonly ScreenRow[];
  /** Texts of the rows below it. */
  readonly below: readonly string[];
}

/** What the lowest bottom of the screen and the lowest top above it enclose; null when that is nothing, or another box. */
export function findBox(rows: readonly ScreenRow[], frame: Frame): Box | null {
  const end = rows.findLastIndex((row) => frame.bottom.test(row.text));
  const start = rows.findLastIndex((row, at) => at < end && frame.top.test(row.text));
  const inside = rows.slice(start + 1, Math.max(end, 0));
  const [first] = inside;
  if (!first || (start < 0 && !frame.mayBeCut)) return null;
  if (frame.prompt && !frame.prompt.test(first.text)) return null;
  const below = textsOf(rows.slice(end + 1));
  if (frame.notBelow && rowWith(below, frame.notBelow) !== undefined) return null;
  return { above: textsOf(rows.slice(0, Math.max(start, 0))), inside, below };
}

export const textsOf = (rows: readonly ScreenRow[]): readonly string[] => rows.map((row) => row.text);

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
