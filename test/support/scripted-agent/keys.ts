import { StringDecoder } from 'node:string_decoder';

export type Input =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'paste'; readonly text: string }
  | { readonly kind: 'key'; readonly key: string };

const PASTE_BEGIN = '\x1b[200~';
const PASTE_END = '\x1b[201~';
/** A lone ESC is the key when nothing follows it at once; a terminal sends the rest of a sequence without a gap. */
const LONE_ESCAPE_MS = 30;

const named: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'ctrl-j',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x03': 'ctrl-c',
  '\x04': 'ctrl-d',
  '\x15': 'ctrl-u',
  '\t': 'tab',
};

export interface DecoderEvents {
  onInput(input: Input): void;
  /** A bracketed paste has begun; its text is still to come. */
  onPasteBegin(): void;
}

/** Bytes of a raw terminal → keys, typed text and whole pastes; sequences may be cut anywhere between chunks. */
export function makeDecoder(events: DecoderEvents): (chunk: Buffer) => void {
  const utf8 = new StringDecoder('utf8');
  let buffer = '';
  let pasting = false;
  let timer: NodeJS.Timeout | undefined;

  const step = (): boolean => {
    if (pasting) return stepPaste();
    if (buffer === '') return false;
    if (buffer.startsWith(PASTE_BEGIN)) {
      buffer = buffer.slice(PASTE_BEGIN.length);
      pasting = true;
      events.onPasteBegin();
      return true;
    }
    if (buffer[0] === '\x1b') return stepEscape();
    const plain = /^[^\x00-\x1f\x7f]+/.exec(buffer)?.[0];
    const taken = plain ?? (buffer[0] as string);
    buffer = buffer.slice(taken.length);
    if (plain) events.onInput({ kind: 'text', text: plain });
    else events.onInput({ kind: 'key', key: named[taken] ?? `ctrl-${taken.charCodeAt(0)}` });
    return true;
  };

  const stepPaste = (): boolean => {
    const end = buffer.indexOf(PASTE_END);
    if (end < 0) return false;
    // tmux turns the line feeds of a paste into carriage returns.
    const text = buffer.slice(0, end).replace(/\r\n?/g, '\n');
    buffer = buffer.slice(end + PASTE_END.length);
    pasting = false;
    events.onInput({ kind: 'paste', text });
    return true;
  };

  const stepEscape = (): boolean => {
    const sequence = /^\x1b(?:\[[0-9;?]*[@-~]|O[@-~])/.exec(buffer)?.[0];
    if (sequence) {
      buffer = buffer.slice(sequence.length);
      events.onInput({ kind: 'key', key: `sequence ${sequence.slice(1)}` });
      return true;
    }
    if (buffer.length === 1 || /^\x1b[[O][0-9;?]*$/.test(buffer)) {
      timer = setTimeout(() => {
        buffer = buffer.slice(1);
        events.onInput({ kind: 'key', key: 'escape' });
        run();
      }, LONE_ESCAPE_MS);
      return false;
    }
    buffer = buffer.slice(1);
    events.onInput({ kind: 'key', key: 'escape' });
    return true;
  };

  const run = () => {
    while (step());
  };
  return (chunk) => {
    clearTimeout(timer);
    buffer += utf8.write(chunk);
    run();
  };
}
