import type { IParser } from '@xterm/xterm';

/** Sequences by which a program asks its terminal something. */
const asking = [
  { final: 'c' },
  { prefix: '>', final: 'c' },
  { prefix: '=', final: 'c' },
  { final: 'n' },
  { prefix: '?', final: 'n' },
  { intermediates: '$', final: 'p' },
  { prefix: '?', intermediates: '$', final: 'p' },
  { prefix: '>', final: 'q' },
  { prefix: '?', final: 'u' },
  { final: 't' },
] as const;
/** Colours: the palette, and the default ones of text, background, cursor and selection. */
const askingColours = [4, 10, 11, 12, 17, 19];

/**
 * A viewer answers no question that the pane's program asks: tmux has answered it already, and a second answer would
 * be typed into the program as keys of whoever has control.
 */
export function silenceReplies(parser: IParser): void {
  for (const sequence of asking) parser.registerCsiHandler(sequence, () => true);
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, () => true);
  for (const colour of askingColours) parser.registerOscHandler(colour, (data) => data.includes('?'));
}
