import { applySgr, type Style } from './sgr.ts';

export interface CapturedPart {
  readonly text: string;
  readonly style: Style;
  /** Written in the line-drawing character set: `q` is shown as `─`. */
  readonly drawing: boolean;
}

/** What runs on from one captured line to the next: `capture-pane -e` writes changes only. */
export interface Carry {
  readonly style: Style;
  readonly drawing: boolean;
}

/** SGR, other CSI, OSC (hyperlinks), two-byte escapes, SO, SI, in what `capture-pane -e` writes. */
const ESCAPE = new RegExp(
  [
    String.raw`\u001b\[([\d;:]*)m`,
    String.raw`\u001b\[[\d;:?<=>]*[ -/]*[@-~]`,
    String.raw`\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)`,
    String.raw`\u001b[^[\]]`,
    '[\u000e\u000f]',
  ].join('|'),
  'g',
);

export function splitLine(line: string, carry: Carry): { parts: CapturedPart[]; carry: Carry } {
  const parts: CapturedPart[] = [];
  let { style, drawing } = carry;
  let from = 0;
  const push = (text: string) => {
    if (text !== '') parts.push({ text, style, drawing });
  };
  for (const match of line.matchAll(ESCAPE)) {
    push(line.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[1] !== undefined) style = applySgr(style, match[1]);
    else if (match[0] === '\u000e') drawing = true;
    else if (match[0] === '\u000f') drawing = false;
  }
  push(line.slice(from));
  return { parts, carry: { style, drawing } };
}

const DRAWING_FROM = '`afgjklmnopqrstuvwxyz{|}~';
const DRAWING_TO = [...'◆▒°±┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·'];

/** The characters that a line-drawing part shows. */
export const drawn = (text: string): string =>
  text.replace(/[`a-z{|}~]/g, (letter) => DRAWING_TO[DRAWING_FROM.indexOf(letter)] ?? letter);
