import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Screen, ScreenRun } from '@cao/contracts';
import type { Signal } from '@cao/providers';

/**
 * Writes down what a CLI says, for a corpus that a provider is scored on: every signal with its time, and every screen
 * that is read differently from the one before. Off unless somebody asks for it (CAO_RECORD_DIR).
 */
export interface Recorder {
  signal(signal: Signal): void;
  screen(screen: Screen, reading: unknown): void;
}

/** A row without attributes is its text alone; most are. */
export type RecordedRow = string | readonly ScreenRun[];

const isPlain = (run: ScreenRun): boolean =>
  !run.dim && !run.bold && !run.inverse && run.fg === null && run.bg === null;

export function openRecorder(
  folder: string,
  of: {
    readonly terminal: string;
    readonly epoch: number;
    readonly provider: string;
    readonly secret: string;
  },
): Recorder {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${of.terminal}-${of.epoch}.jsonl`);
  const write = (entry: Readonly<Record<string, unknown>>) =>
    appendFileSync(
      file,
      `${JSON.stringify({ t: Date.now(), ...entry }).replaceAll(of.secret, '<token>')}\n`,
      { mode: 0o600 },
    );
  let last = '';
  write({ provider: of.provider });
  return {
    signal(signal) {
      if (signal.source === 'hook') write({ hook: signal.name, body: signal.body });
      else if (signal.source === 'log') write({ line: signal.line });
      else if (signal.source === 'api') write({ api: signal.body });
    },
    screen(screen, reading) {
      const read = JSON.stringify(reading);
      if (read === last) return;
      last = read;
      const rows = screen.rows.map(({ text, runs }): RecordedRow => (runs.every(isPlain) ? text : runs));
      write({ screen: { rows, title: screen.title, alternate: screen.alternate } });
    },
  };
}
