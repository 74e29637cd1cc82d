export const ON = '\u001b[?2004h';
export const OFF = '\u001b[?2004l';

/** What a program writes, and whether bracketed paste is on then. Shown to our reader and to tmux itself. */
export const pasteModeCases: readonly [name: string, text: string, on: boolean][] = [
  ['switched on', ON, true],
  ['switched off', `${ON}text${OFF}`, false],
  ['one of several modes', '\u001b[?1;2004;7h', true],
  ['one of several modes, off', `${ON}\u001b[?25;2004l`, false],
  ['another mode', '\u001b[?20040h\u001b[?1004h', false],
  ['not private', '\u001b[2004h', false],
  ['with an intermediate', '\u001b[?2004$h', false],
  ['after a full reset', `${ON}\u001bc`, false],
  ['after a soft reset', `${ON}\u001b[!p`, true],
  ['inside a DCS string', `\u001bPq ${ON}\u001b\\x`, false],
  ['after a DCS string', `\u001bPq data\u001b\\${ON}`, true],
  ['inside an OSC string, which an ESC ends', `\u001b]0;title${ON}`, true],
  ['after a title', `\u001b]0;title\u0007${ON}`, true],
  ['with a control inside', '\u001b[?20\r04h', true],
  ['cancelled', '\u001b[?2004\u0018h', false],
  ['begun twice', `\u001b[?20${ON}`, true],
  ['after a character set', `\u001b(B${ON}\u001b(0c`, true],
  ['with more parameters than tmux keeps', `\u001b[?${'1;'.repeat(24)}2004h`, false],
  ['among UTF-8', `漢${ON}字`, true],
];
