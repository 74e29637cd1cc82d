import { CaoError } from '@cao/contracts';
import { octal } from '../control/quote.ts';

/** Keys by name. Everything else is a single printable character, `C-<character>` or `M-<character>`. */
export const keyNames = [
  'Up',
  'Down',
  'Left',
  'Right',
  'Enter',
  'Tab',
  'BTab',
  'Escape',
  'Space',
  'BSpace',
  'Home',
  'End',
  'PageUp',
  'PageDown',
  'Insert',
  'Delete',
  ...Array.from({ length: 12 }, (_, i) => `F${i + 1}`),
] as readonly string[];

/** tmux's own words for these two. */
const TMUX_NAMES: Readonly<Record<string, string>> = { Insert: 'IC', Delete: 'DC' };
const CHORD = /^(C-[a-z@[\\\]^_]|M-[!-~])$/;
const PRINTABLE = /^[^\p{C}\p{Z}]\p{M}*$/u;
/** Longest sequence in one call: an answer or a cleared line, not a text. */
const MAX_KEYS = 500;

/** @returns the tmux command that presses them, for a pane known to be alive. */
export function sendKeys(pane: string, keys: readonly string[]): string {
  if (keys.length === 0 || keys.length > MAX_KEYS) {
    throw new CaoError('bad_request', `keys has ${keys.length} entries; 1 to ${MAX_KEYS} are allowed`, {
      field: 'keys',
    });
  }
  const words = keys.map((key) => {
    if (keyNames.includes(key)) return TMUX_NAMES[key] ?? key;
    if (CHORD.test(key) || PRINTABLE.test(key)) return octal(key);
    const allowed = `${keyNames.join(' ')}, C-x, M-x or one printable character`;
    throw new CaoError('bad_request', `${JSON.stringify(key)} is not a key: ${allowed}`, {
      field: 'keys',
      allowed,
    });
  });
  return `send-keys -t ${pane} -- ${words.join(' ')}`;
}

/** 4096 bytes are 12 KB of command line: quick enough to go between two deliveries. */
const TYPE_CHUNK_BYTES = 4096;
/** A person's paste. Longer texts are messages. */
const MAX_TYPE_BYTES = 1024 * 1024;

/** @returns the tmux commands that write the bytes to the program as they are, in order. */
export function typeBytes(pane: string, bytes: Uint8Array): string[] {
  if (bytes.length > MAX_TYPE_BYTES) {
    throw new CaoError(
      'too_large',
      `${bytes.length} bytes were typed at once; ${MAX_TYPE_BYTES} are allowed`,
    );
  }
  const commands: string[] = [];
  for (let from = 0; from < bytes.length; from += TYPE_CHUNK_BYTES) {
    const hex = Array.from(bytes.subarray(from, from + TYPE_CHUNK_BYTES), (byte) => byte.toString(16));
    commands.push(`send-keys -t ${pane} -H ${hex.join(' ')}`);
  }
  return commands;
}
