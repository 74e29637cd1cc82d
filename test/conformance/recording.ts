import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScreenRun, TerminalStatus } from '@cao/contracts';
import type { Telling } from '@cao/providers/testing';

/** A line of what a worker-agent wrote down of a terminal (CAO_RECORD_DIR). Times: ms since the epoch. */
export interface Recorded {
  readonly t: number;
  readonly hook?: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly line?: string;
  readonly api?: Readonly<Record<string, unknown>>;
  readonly screen?:
    | 'same'
    | { readonly rows: readonly (string | readonly ScreenRun[])[]; title: string; alternate: boolean };
  readonly status?: TerminalStatus;
  /** When the CLI said, or began to draw, what decided the status. */
  readonly heard?: number;
}

/** All of its epochs, oldest first; nothing when it was never up. */
export const recordingOf = (recordDir: string, terminal: string): readonly Recorded[] =>
  readdirSync(recordDir)
    .filter((name) => name.startsWith(`${terminal}-`))
    .flatMap((name) => readFileSync(join(recordDir, name), 'utf8').split('\n').filter(Boolean))
    .map((line) => JSON.parse(line) as Recorded)
    .sort((a, b) => a.t - b.t);

/** Finds for each status that was told when its host heard of it: both are in the same order. */
export function withHeard(
  told: readonly Omit<Telling, 'heard'>[],
  recording: readonly Recorded[],
): readonly Telling[] {
  const became = recording.filter(({ status }) => status !== undefined);
  let from = 0;
  return told.map((one) => {
    const index = became.findIndex(({ status, t }, at) => at >= from && status === one.status && t <= one.at);
    if (index < 0) return { ...one, heard: null };
    from = index + 1;
    return { ...one, heard: became[index]?.heard ?? null };
  });
}
