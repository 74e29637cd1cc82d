/**
 * Makes a text safe to paste: CRLF and CR become LF, every other C0/C1 control but LF and TAB becomes its visible
 * picture (␛, ␀ …), a lone surrogate becomes U+FFFD. An escape sequence can then neither end a bracketed paste nor
 * move a cursor, and the reader still sees that it was there.
 */
export function sanitise(text: string): { text: string; sanitised: boolean } {
  const lines = text.replace(/\r\n?/g, '\n').toWellFormed();
  const clean = lines.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, picture);
  return { text: clean, sanitised: clean !== text.replace(/\r\n?/g, '\n') };
}

/** U+2400… pictures exist for C0 and DEL; C1 has none and shares the replacement character. */
function picture(control: string): string {
  const code = control.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}
