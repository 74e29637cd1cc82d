/** What Enter would not submit as it stands. */
const OPEN_END = /\\$|(^|\s|\u200b)@\S*$/;

const NO_WIDTH = '\u200b';

/** Without what `asPlainText` put in front. */
export const visible = (text: string): string => text.replaceAll(NO_WIDTH, '');

/**
 * For CLIs that trim a prompt before they look at its first character: one of no width takes the meaning away, where a
 * blank would not. A backslash at the end turns Enter into a line break, and a last word with `@` opens a list of which Enter
 * takes the first entry: a blank behind closes both.
 */
export function asPlainText(text: string, command: RegExp): string {
  const front = command.test(text) ? `${NO_WIDTH}${text}` : text;
  return OPEN_END.test(front) ? `${front} ` : front;
}
