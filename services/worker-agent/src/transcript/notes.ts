import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TranscriptGap, transcriptGap } from '@cao/contracts';

/** What the files of a transcript do not say themselves: why bytes are missing, and that it is closed. */
export interface Notes {
  gaps(): readonly TranscriptGap[];
  /** @throws the file system's error; the gap is known all the same, until this process ends. */
  addGap(gap: TranscriptGap): void;
}

const closedFile = (dir: string): string => join(dir, 'closed');

export function openNotes(dir: string): Notes {
  const file = join(dir, 'gaps.jsonl');
  const gaps = existsSync(file) ? readFileSync(file, 'utf8').split('\n').flatMap(parse) : [];
  return {
    gaps: () => gaps,
    addGap(gap) {
      gaps.push(gap);
      append(file, `${JSON.stringify(gap)}\n`);
    },
  };
}

function append(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  appendFileSync(file, text, { mode: 0o600 });
}

/** A line that a killed process left half is none. */
function parse(line: string): TranscriptGap[] {
  try {
    return [transcriptGap.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

export const markClosed = (dir: string): void => append(closedFile(dir), '');

/** When it was closed; null while it is open. Units: ms since 1970. */
export const closedAt = (dir: string): number | null =>
  statSync(closedFile(dir), { throwIfNoEntry: false })?.mtimeMs ?? null;
