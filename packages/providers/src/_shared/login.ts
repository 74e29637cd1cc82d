import type { LoginState } from '@cao/contracts';
import type { Detection } from '../contract.ts';

/** A sign of a login, in the environment or in a file; one that names neither is always there. */
export interface LoginClue {
  /** One of these variables is set. */
  readonly anyOf?: readonly string[];
  /** All of these variables are set. */
  readonly allOf?: readonly string[];
  /** Below the home directory. */
  readonly file?: string;
  /** What stands in the file; without it, the file need only be there. */
  readonly holds?: RegExp;
  /** Left out: `logged_in`. */
  readonly means?: LoginState;
}

type Seen = Parameters<Detection['login']>[0];

/** The first clue that is there tells; where there is none, only the service would. */
export const loginBy =
  (clues: readonly LoginClue[]): Detection['login'] =>
  (seen) => {
    const clue = clues.find((each) => isThere(each, seen));
    return clue ? (clue.means ?? 'logged_in') : 'unknown';
  };

function isThere({ anyOf, allOf, file, holds }: LoginClue, { env, homeFile }: Seen): boolean {
  if (anyOf) return anyOf.some((name) => env[name]);
  if (allOf) return allOf.every((name) => env[name]);
  if (file === undefined) return true;
  const content = homeFile(file);
  return content !== null && (holds?.test(content) ?? true);
}
