import type { Detection } from '../contract.ts';

/** For CLIs that print it at `--version`: the first group of `pattern` is the version. */
export const versionBy = (pattern: RegExp): Pick<Detection, 'argv' | 'parse'> => ({
  argv: ['--version'],
  parse: (output) => pattern.exec(output.trim())?.[1] ?? null,
});
