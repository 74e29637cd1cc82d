import type { Screen, ScreenRow } from '@cao/contracts';
import type { Provider } from '../contract.ts';
import { textsOf } from './box.ts';
import { filledRows, noBox, withBox } from './reading.ts';

/**
 * What the screens of a CLI look like. Rows that have nothing in them are left out, but for what looks for the box by them.
 * Each row that is found becomes the evidence.
 */
interface Looks<Box> {
  /** The input box with its text; null when a dialog has taken its place, or something else fills the screen. */
  box(screen: Screen, filled: readonly ScreenRow[]): (Box & { readonly text: string }) | null;
  /** What shows that a turn runs. */
  work(box: Box, screen: Screen): string | undefined;
  /** What shows that it waits. */
  rest(box: Box, screen: Screen): string;
  /** Why it asks its model again; null: it does not. Left out where screens do not tell. */
  retries?(box: Box, work: string): string | null;
  /** What asks, where there is no box. */
  question(rows: readonly string[], screen: Screen): string | undefined;
}

/** For CLIs that show one of three things: an input box, a dialog in its place, or what takes no input. */
export const screenReader =
  <Box>(looks: Looks<Box>): Provider['readScreen'] =>
  (whole) => {
    const screen = { ...whole, rows: filledRows(whole) };
    const box = looks.box(whole, screen.rows);
    if (!box) {
      const rows = textsOf(screen.rows);
      const question = looks.question(rows, screen);
      if (question !== undefined) return noBox('waiting_user_answer', question);
      return noBox('unknown', rows.at(-1) ?? '');
    }
    const work = looks.work(box, screen);
    if (work === undefined) return withBox('idle', looks.rest(box, screen), box.text);
    const reading = withBox('processing', work, box.text);
    return looks.retries ? { ...reading, retries: looks.retries(box, work) } : reading;
  };
