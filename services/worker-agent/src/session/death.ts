import type { Failure } from '@cao/contracts';

/** How the program of a pane ended, as tmux tells. */
interface Death {
  readonly status: number | null;
  readonly signal: number | null;
  readonly lastScreen: string;
}

/** One that left by itself did not crash; where tmux knows no status, nobody can say. */
export const crashOf = (death: Death): Failure | null =>
  death.status === 0 || (death.status === null && death.signal === null)
    ? null
    : { kind: 'crashed', message: describeDeath(death), resets_at: null };

export function describeDeath(death: Death): string {
  const how =
    death.signal !== null
      ? `was killed by signal ${death.signal}`
      : `exited with status ${death.status ?? 'unknown'}`;
  // Escapes out: this is read by people and agents.
  const rows = withoutColours(death.lastScreen).split('\n').filter(saysSomething);
  const last = rows.slice(-3).join(' · ').slice(0, 300);
  return last ? `its CLI ${how}; it said last: ${last}` : `its CLI ${how}`;
}

/** And is no line of a frame. */
const saysSomething = (row: string): boolean => /[\p{L}\p{N}]/u.test(row);

/** `capture` has SGR sequences and no others. */
export const withoutColours = (text: string): string => text.replace(/\u001b\[[0-9;:]*m/g, '');
