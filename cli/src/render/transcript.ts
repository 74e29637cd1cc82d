import { stripVTControlCharacters } from 'node:util';
import type { TranscriptGap } from '@cao/contracts';
import { plain, plainLine } from './plain.ts';

/** Text of a stream of bytes; an escape sequence or a character may be cut by the edge of a piece. */
export interface TextStream {
  feed(bytes: Uint8Array): string;
  end(): string;
}

/** As it is. */
export function exactText(): TextStream {
  const decoder = new TextDecoder();
  return { feed: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() };
}

/** Lines without escape sequences, safe to print. What redraws a line leaves one line per redraw. */
export function plainText(): TextStream {
  const decoder = new TextDecoder();
  let rest = '';
  const clean = (text: string) => plain(stripVTControlCharacters(text).replace(/\r+\n?/g, '\n'));
  return {
    feed(bytes) {
      rest += decoder.decode(bytes, { stream: true });
      const cut = rest.lastIndexOf('\n') + 1;
      const lines = rest.slice(0, cut);
      rest = rest.slice(cut);
      return clean(lines);
    },
    end: () => clean(rest + decoder.decode()),
  };
}

export function gapLine({ from, to, why, redrawn }: TranscriptGap): string {
  const what = from === to ? `output is missing at ${from}` : `bytes ${from} to ${to} are missing`;
  const after = redrawn ? `; ${redrawn.from} to ${redrawn.to} is the screen as it was then` : '';
  return `${what}: ${plainLine(why)}${after}`;
}
