import { linesFrom } from './session-log.ts';

/** One message between its paste and its proof. */
export interface Flight {
  readonly seq: number;
  /** The text as it was pasted, after the provider's escaping. */
  readonly pasted: string;
  landed(): boolean;
  land(): void;
  /** The session log since the paste: what it says was taken can only be this text. */
  logLines(logPath: string | null): string[];
}

export function flightOf(flight: { seq: number; text: string; logOffset: number }): Flight {
  let landed = false;
  return {
    seq: flight.seq,
    pasted: flight.text,
    landed: () => landed,
    land() {
      landed = true;
    },
    logLines: (logPath) => linesFrom(logPath, flight.logOffset).lines,
  };
}
