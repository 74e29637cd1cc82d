import { stripVTControlCharacters } from 'node:util';
import type { Io } from '../io.ts';

const GAP = '  ';

/**
 * Columns as wide as their widest cell. On a terminal the last column is cut to what fits, so that a row stays a row;
 * in a pipe nothing is cut.
 */
export function table(
  io: Pick<Io, 'width' | 'paint'>,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => shown(row[i] ?? ''))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) =>
        i === cells.length - 1 ? cut(cell, room(i)) : cell + ' '.repeat(widths[i]! - shown(cell)),
      )
      .join(GAP)
      .trimEnd();
  const room = (last: number) =>
    Math.max(10, io.width - widths.slice(0, last).reduce((sum, width) => sum + width + GAP.length, 0));
  return [io.paint('dim', line(head)), ...rows.map(line)].join('\n');
}

const shown = (cell: string) => stripVTControlCharacters(cell).length;
const cut = (cell: string, room: number) => (cell.length > room ? `${cell.slice(0, room - 1)}…` : cell);
