import { octal } from '../control/quote.ts';
import type { PaneRef } from '../terminal-server.ts';

/** Carries out one command on a pane. @returns the count of its output at that moment */
type Counted = (pane: PaneRef, command: string) => Promise<number>;

/** tmux writes what it read in one turn of its loop into the pipe in a later one. */
const TURNS = 4;
/** A pane that is never quiet for so long is not waited for. */
const TRIES = 20;

/** tmux expands formats and dates in a command. */
export const pipe = (counted: Counted, pane: PaneRef, command: string): Promise<number> =>
  counted(pane, `pipe-pane -t ${pane.pane} ${octal(command.replaceAll('%', '%%').replaceAll('#', '##'))}`);

/** What is not in the pipe yet when it ends is lost for it, so it is ended at a moment when the pane is quiet. */
export async function unpipe(counted: Counted, pane: PaneRef): Promise<{ flushed: number; ended: number }> {
  const mark = () => counted(pane, `display-message -p -t ${pane.pane} ''`);
  let flushed = await mark();
  for (let tries = 1; ; tries++) {
    let last = flushed;
    for (let turn = 0; turn < TURNS; turn++) last = await mark();
    if (last === flushed || tries === TRIES) break;
    flushed = last;
  }
  return { flushed, ended: await counted(pane, `pipe-pane -t ${pane.pane}`) };
}
