import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Screen, ScreenRun, TerminalStatus } from '@cao/contracts';
import type { ScreenReading, Signal } from '@cao/providers';
import type { Logger } from '@cao/runtime';

/**
 * Writes down what a CLI says, for a corpus that a provider is scored on: every signal with its time, every look at the
 * screen that the reducer was told of, and what the status became. Off unless somebody asks for it (CAO_RECORD_DIR).
 */
export interface Recorder {
  signal(signal: Exclude<Signal, { source: 'screen' }>): void;
  /** `drawn`: since when the screen has output that was not looked at. Units: ms since the epoch. */
  look(screen: Screen, reading: ScreenReading, drawn: number): void;
  /** `heard`: when the CLI said what decided it. Units: ms since the epoch. */
  became(status: TerminalStatus, heard: number): void;
}

/** A row without attributes is its text alone; most are. */
type RecordedRow = string | readonly ScreenRun[];

const isPlain = (run: ScreenRun): boolean =>
  !run.dim && !run.bold && !run.inverse && run.fg === null && run.bg === null;

export function openRecorder(
  folder: string,
  of: {
    readonly terminal: string;
    readonly epoch: number;
    readonly provider: string;
    readonly secret: string;
    readonly log: Logger;
  },
): Recorder {
  const file = join(folder, `${of.terminal}-${of.epoch}.jsonl`);
  const write = (entry: Readonly<Record<string, unknown>>) => {
    const line = `${JSON.stringify({ t: Date.now(), ...entry }).replaceAll(of.secret, '<token>')}\n`;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      appendFileSync(file, line, { mode: 0o600 });
    } catch (error) {
      // A corpus with a hole is worth less; a terminal that missed a signal for it would be worse.
      of.log.error({ err: error, file }, 'what a CLI said could not be written down for the corpus');
    }
  };
  let last = '';
  write({ provider: of.provider });
  return {
    signal(signal) {
      if (signal.source === 'hook') write({ hook: signal.name, body: signal.body });
      else if (signal.source === 'log') write({ line: signal.line });
      else write({ api: signal.body });
    },
    look(screen, reading, drawn) {
      const read = JSON.stringify(reading);
      if (read === last) return write({ drawn, screen: 'same' });
      last = read;
      const rows = screen.rows.map(({ text, runs }): RecordedRow => (runs.every(isPlain) ? text : runs));
      write({ drawn, screen: { rows, title: screen.title, alternate: screen.alternate } });
    },
    became: (status, heard) => write({ status, heard }),
  };
}
