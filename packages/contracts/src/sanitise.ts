/** U+2400…U+241F picture C0, U+2421 pictures DEL. C1 has no pictures: it is shown as the two-byte form it stands for. */
const picture = (control: string): string => {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return `\u241b${String.fromCharCode(code - 0x40)}`;
};

/**
 * Makes text safe to paste into a terminal: CRLF and CR become LF; every other C0, DEL and C1 control but TAB becomes
 * its visible picture; lone surrogates become U+FFFD.
 *
 * `sanitised` says that something was replaced by a picture or U+FFFD; another line ending alone does not count.
 * The result is a fixed point: `sanitise(sanitise(x).text).text === sanitise(x).text`.
 */
export function sanitise(text: string): { text: string; sanitised: boolean } {
  const lines = text.replace(/\r\n?/g, '\n');
  const visible = lines.toWellFormed().replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, picture);
  return { text: visible, sanitised: visible !== lines };
}
