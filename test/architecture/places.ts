import { read } from './tree.ts';

/** Where something stands that a rule is about. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly what: string;
}

/** Every match of `pattern` (global) in these files. */
export const places = (paths: readonly string[], pattern: RegExp): Place[] =>
  paths.flatMap((path) => {
    const text = read(path);
    return [...text.matchAll(pattern)].map((match) => ({
      path,
      line: text.slice(0, match.index).split('\n').length,
      what: match[0].trim(),
    }));
  });

export const lineCount = (path: string): number => read(path).replace(/\n$/, '').split('\n').length;
