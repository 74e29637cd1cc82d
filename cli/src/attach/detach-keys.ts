/** A sequence of bytes that means "let me go". */
export type DetachKeys = readonly number[];

/**
 * `ctrl-]`, `ctrl-a,d`, `x`: keys separated by commas.
 * @throws Error saying what is allowed
 */
export function parseDetachKeys(text: string): DetachKeys {
  return text.split(',').map((key) => {
    const control = /^ctrl-([a-z@[\\\]^_])$/i.exec(key.trim());
    if (control) return control[1]!.toUpperCase().charCodeAt(0) - 64;
    if (/^[!-~]$/.test(key.trim())) return key.trim().charCodeAt(0);
    throw new Error('is made of ctrl-X and single characters, separated by commas, e.g. ctrl-] or ctrl-a,d');
  });
}

export interface Split {
  /** What belongs to the agent. */
  readonly input: Buffer;
  readonly detached: boolean;
}

/**
 * Finds the sequence in a stream of keys, also across chunks. The beginning of a sequence is held back until the next
 * key tells what it was.
 */
export function detachSplitter(keys: DetachKeys): (chunk: Uint8Array) => Split {
  let matched = 0;
  return (chunk) => {
    const input: number[] = [];
    for (const byte of chunk) {
      if (byte !== keys[matched] && matched > 0) {
        input.push(...keys.slice(0, matched));
        matched = 0;
      }
      if (byte !== keys[matched]) input.push(byte);
      else if (++matched === keys.length) return { input: Buffer.from(input), detached: true };
    }
    return { input: Buffer.from(input), detached: false };
  };
}
