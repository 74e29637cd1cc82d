import { type Failure, failureTable, type TerminalView } from '@cao/contracts';
import type { Io } from '../io.ts';
import { plainLine } from './plain.ts';

/** `out of quota (until 20:15): …`: the kind, when it ends where that is known, and what the CLI said. */
function troubleLine({ kind, message, resets_at: resets }: Failure): string {
  const until = resets === null ? '' : ` (until ${resets})`;
  return `${failureTable[kind].title}${until}: ${plainLine(message)}`;
}

/** For each terminal in trouble: what it is, and what to do about it. */
export function troubleLines(io: Pick<Io, 'paint'>, terminals: readonly TerminalView[]): string[] {
  return terminals.flatMap((terminal) =>
    terminal.failure === null
      ? []
      : [
          `${io.paint('red', '!')} ${terminal.id} ${terminal.provider}: ${troubleLine(terminal.failure)}`,
          `  ${io.paint('dim', failureTable[terminal.failure.kind].next.replace(/\bID\b/g, terminal.id))}`,
        ],
  );
}
