const NAMED: Readonly<Record<string, string>> = {
  ...{ Up: '\u001b[A', Down: '\u001b[B', Right: '\u001b[C', Left: '\u001b[D', Enter: '\r', Tab: '\t' },
  ...{
    BTab: '\u001b[Z',
    Escape: '\u001b',
    Space: ' ',
    BSpace: '\u007f',
    Home: '\u001b[1~',
    End: '\u001b[4~',
  },
  ...{ PageUp: '\u001b[5~', PageDown: '\u001b[6~', Insert: '\u001b[2~', Delete: '\u001b[3~' },
};

/** What a keyboard sends for one valid key. Function keys are left out: nothing that CAO answers needs one. */
export function keyBytes(key: string): string {
  const named = NAMED[key];
  if (named !== undefined) return named;
  const control = /^C-(.)$/.exec(key)?.[1];
  if (control !== undefined) return String.fromCharCode(control.toUpperCase().charCodeAt(0) & 0x1f);
  const meta = /^M-(.)$/.exec(key)?.[1];
  return meta === undefined ? key : `\u001b${meta}`;
}
