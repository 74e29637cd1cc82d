import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * The client ends when its standard input does, unless it hangs in a write that nobody reads: then it outlives a process
 * that was killed, and the panes it should read stand still (tmux 3.3a, seen after kill -9 in the middle of output). Linux
 * can have it killed together with us (`setpriv` is in util-linux); elsewhere it ends by its standard input alone.
 */
export function diesWithUs(
  file: string,
  args: readonly string[],
  path: string,
): { readonly file: string; readonly args: readonly string[] } {
  const setpriv = process.platform === 'linux' ? find('setpriv', path) : null;
  return setpriv ? { file: setpriv, args: ['--pdeathsig', 'KILL', file, ...args] } : { file, args };
}

function find(name: string, path: string): string | null {
  for (const folder of path.split(delimiter)) {
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // not in this folder
    }
  }
  return null;
}
