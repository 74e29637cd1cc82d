const NO_WIDTH = '\u200b';

/** Without what `asPlainText` put in front. */
export const visible = (text: string): string => text.replaceAll(NO_WIDTH, '');

/**
 * For CLIs that trim a prompt before they look at its first character: one of no width takes the meaning away, where a
 * blank would not. A backslash at the end turns Enter into a line break; a blank behind it does not.
 */
export function asPlainText(text: string, command: RegExp): string {
  const front = command.test(text) ? `${NO_WIDTH}${text}` : text;
  return front.endsWith('\\') ? `${front} ` : front;
}
