import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Appends one JSON object per line, in the file before the call returns: what is written has happened. */
export interface Journal {
  write(entry: Readonly<Record<string, unknown>>): void;
  close(): void;
}

/** @param always what every line has besides. */
export function openJournal(file: string | null, always: Readonly<Record<string, unknown>> = {}): Journal {
  if (file === null) return { write: () => {}, close: () => {} };
  mkdirSync(dirname(file), { recursive: true });
  const fd = openSync(file, 'a', 0o600);
  return {
    write: (entry) => void writeSync(fd, `${JSON.stringify({ ...entry, ...always })}\n`),
    close: () => closeSync(fd),
  };
}

/** For a log that no CLI stops for when its disk is full: a line is lost. */
export const forgiving = (journal: Journal): Journal => ({
  ...journal,
  write(entry) {
    try {
      journal.write(entry);
    } catch {
      // as the real ones
    }
  },
});
