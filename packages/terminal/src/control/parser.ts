import { outputBytes } from './output-bytes.ts';
import type { Block } from './reply.ts';

export interface ControlHandlers {
  /** `ours`: the block answers a command that this client wrote (flags = 1). */
  block(block: Block, ours: boolean): void;
  output(pane: string, bytes: Buffer): void;
  /** Any other notification: its name without `%`, and the rest of its line. */
  notice(name: string, rest: string): void;
}

/** Longest line ever kept. Real ones stay far below; beyond it the stream is not tmux's. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
const LF = 10;
const PERCENT = 37;

/**
 * Reads tmux's control-mode stream as bytes: a chunk may end in the middle of a line or of a UTF-8 character.
 * A block ends only at the line that repeats all of its `%begin` (time, number, flags), so a screen that shows
 * `%end …` does not end the capture of itself.
 */
export class ControlParser {
  readonly #handlers: ControlHandlers;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #open: { tag: string; lines: string[] } | undefined;

  constructor(handlers: ControlHandlers) {
    this.#handlers = handlers;
  }

  feed(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      const tail = chunk.subarray(start, end);
      start = end + 1;
      if (this.#restBytes === 0) this.#line(tail);
      else {
        const line = Buffer.concat([...this.#rest, tail]);
        this.#rest = [];
        this.#restBytes = 0;
        this.#line(line);
      }
    }
    if (start === chunk.length) return;
    this.#rest.push(chunk.subarray(start));
    this.#restBytes += chunk.length - start;
    if (this.#restBytes > MAX_LINE_BYTES)
      throw new Error(`tmux sent a line of more than ${MAX_LINE_BYTES} bytes`);
  }

  #line(line: Buffer): void {
    if (this.#open) this.#inBlock(this.#open, line);
    else if (line[0] === PERCENT) this.#notification(line);
  }

  #inBlock(open: { tag: string; lines: string[] }, line: Buffer): void {
    const text = line.toString();
    if (text === `%end ${open.tag}` || text === `%error ${open.tag}`) {
      this.#open = undefined;
      const ours = open.tag.endsWith(' 1');
      this.#handlers.block({ ok: text.startsWith('%end'), lines: open.lines }, ours);
    } else open.lines.push(text);
  }

  #notification(line: Buffer): void {
    const space = line.indexOf(32);
    const name = line.toString('latin1', 1, space === -1 ? line.length : space);
    if (name === 'output') {
      const data = line.indexOf(32, space + 1) + 1;
      this.#handlers.output(line.toString('latin1', space + 1, data - 1), outputBytes(line, data));
    } else if (name === 'extended-output') {
      // `%extended-output %7 <age> : <data>`, what `%output` becomes under pause-after.
      const pane = line.toString('latin1', space + 1, line.indexOf(32, space + 1));
      this.#handlers.output(pane, outputBytes(line, line.indexOf(' : ', space) + 3));
    } else if (name === 'begin') this.#open = { tag: line.toString('latin1', space + 1), lines: [] };
    else this.#handlers.notice(name, space === -1 ? '' : line.toString('utf8', space + 1));
  }
}
