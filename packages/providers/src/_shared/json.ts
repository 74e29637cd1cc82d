/**
 * What CLIs write is read field by field: another version may shape it otherwise, and what agents and services put into it
 * is nothing to rely on.
 */
export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What lies at a path like `message.content`; undefined when there is nothing. */
export function at(value: unknown, path: string): unknown {
  let found = value;
  for (const name of path.split('.')) found = isObject(found) ? found[name] : undefined;
  return found;
}

/** The text there, else ''. */
export function text(value: unknown, path?: string): string {
  const found = path === undefined ? value : at(value, path);
  return typeof found === 'string' ? found : '';
}

/** The number there, else 0. */
export function number(value: unknown, path: string): number {
  const found = at(value, path);
  return typeof found === 'number' && Number.isFinite(found) ? found : 0;
}

/** The entries of the list there, else none. */
export function list(value: unknown, path?: string): readonly unknown[] {
  const found = path === undefined ? value : at(value, path);
  return Array.isArray(found) ? found : [];
}

/** The texts of the parts of a list. */
export const textsIn = (parts: unknown): readonly string[] => list(parts).map((part) => text(part, 'text'));

/** What was said: a text, or all parts of a list that are text. */
export const wordsOf = (value: unknown, between: string): string =>
  text(value) || textsIn(list(value).filter((part) => text(part, 'type') === 'text')).join(between);

/** A line of a log that has one object per line; null when it is none: the last one may be half written. */
export function parseLine(line: string): Json | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export const parseLines = (lines: readonly string[]): readonly Json[] =>
  lines.map(parseLine).filter((line) => line !== null);
