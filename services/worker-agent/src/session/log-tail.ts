import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { linesFrom, logSize } from './session-log.ts';

/** New whole lines of a session log, pushed. Begins at a byte offset, so that nothing written while we were away is missed. */
export interface LogTail {
  /** Reads what is new now; called besides by whoever suspects something. */
  look(): void;
  stop(): void;
}

/** @param onLines gets the lines and the offset behind them: what is stored to go on from there. */
export function tailLog(
  path: string,
  from: number,
  onLines: (lines: string[], offset: number) => void,
): LogTail {
  let offset = from;
  let watcher: FSWatcher | undefined;

  const look = () => {
    watcher ??= watchFolder();
    if (logSize(path) < offset) offset = 0; // it was begun anew
    const { lines, end } = linesFrom(path, offset);
    if (end === offset) return;
    offset = end;
    onLines(lines, end);
  };
  // The folder, not the file: some CLIs create it late, and some write a new one over it.
  const watchFolder = (): FSWatcher | undefined => {
    try {
      const made = watch(dirname(path), (_event, name) => {
        if (name === null || name === basename(path)) look();
      });
      made.on('error', () => made.close());
      made.unref();
      return made;
    } catch {
      return undefined; // not there yet: tried again at the next look
    }
  };

  look();
  return { look, stop: () => watcher?.close() };
}
