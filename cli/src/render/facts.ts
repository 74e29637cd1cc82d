import type { Io } from '../io.ts';
import { plainLine } from './plain.ts';

/** Name and value, one per line; a value that is not there is `–`. */
export function factLines(
  io: Pick<Io, 'paint'>,
  facts: readonly (readonly [name: string, value: string | null])[],
): string[] {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(
    ([name, value]) => `  ${io.paint('dim', name.padEnd(width))}  ${value === null ? '–' : plainLine(value)}`,
  );
}
