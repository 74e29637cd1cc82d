import { appendFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type TranscriptGap, transcriptGap } from '@cao/contracts';
import { z } from 'zod';
import type { StateFiles } from '../state/files.ts';

/** What the files of a transcript do not say themselves: why bytes are missing, and that it is closed. */
export interface Notes {
  gaps(): readonly TranscriptGap[];
  /** On a full disk, which is what most gaps are about, it is written once there is room; it is known at once. */
  addGap(gap: TranscriptGap): void;
}

const closedFile = (dir: string): string => join(dir, 'closed');

export function openNotes(dir: string, files: StateFiles): Notes {
  const path = join(dir, 'gaps.json');
  const gaps = z.array(transcriptGap).catch([]).parse(files.read(path));
  return {
    gaps: () => gaps,
    addGap(gap) {
      gaps.push(gap);
      files.write(path, [...gaps]);
    },
  };
}

/** @throws the file system's error */
export function markClosed(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  appendFileSync(closedFile(dir), '', { mode: 0o600 });
}

/** When it was closed; null while it is open. Units: ms since 1970. */
export const closedAt = (dir: string): number | null =>
  statSync(closedFile(dir), { throwIfNoEntry: false })?.mtimeMs ?? null;
