const MASK = '*';
const MASK_BYTE = 0x2a;
/** So many first bytes of a secret stay: they tell nothing, and a key that is typed is echoed at once. */
const LEAD = 4;
const leadOf = (length: number): number => Math.min(LEAD, length >> 2);

/**
 * Masks secrets in a stream, each byte by one byte, so that offsets stay. What may be the beginning of a secret is held
 * back until it is known, whatever the chunks. What is deliberately absent: secrets that are written in another
 * encoding, or with a cursor movement inside.
 */
export interface StreamRedactor {
  /** @returns what can go out now; it may be less than what came, and more the next time. */
  feed(chunk: Buffer): Buffer;
  /** The stream breaks off: what is held back, masked. */
  end(): Buffer;
}

export function redactStream(secrets: readonly string[]): StreamRedactor {
  const wanted = secrets.map((secret) => {
    const bytes = Buffer.from(secret);
    return { bytes, lead: leadOf(bytes.length) };
  });
  /** As it came, from the first byte of what may be a secret; the first `gone` of it went out. */
  let kept: Buffer = Buffer.alloc(0);
  let keptMasked = kept;
  let gone = 0;
  return {
    feed(chunk) {
      const data = kept.length > 0 ? Buffer.concat([kept, chunk]) : chunk;
      let masked = data;
      if (keptMasked !== kept) masked = Buffer.concat([keptMasked, chunk]);
      let keepFrom = data.length;
      let holdFrom = data.length;
      for (const { bytes, lead } of wanted) {
        for (let at = data.indexOf(bytes); at !== -1; at = data.indexOf(bytes, at + 1)) {
          if (masked === data) masked = Buffer.from(data);
          masked.fill(MASK_BYTE, at + lead, at + bytes.length);
        }
        const opening = openingAt(data, bytes);
        if (opening === -1) continue;
        keepFrom = Math.min(keepFrom, opening);
        holdFrom = Math.min(holdFrom, opening + lead);
      }
      const out = masked.subarray(gone, holdFrom);
      gone = holdFrom - keepFrom;
      // A copy: a few bytes must not keep a whole chunk in memory.
      kept = Buffer.from(data.subarray(keepFrom));
      keptMasked = masked === data ? kept : Buffer.from(masked.subarray(keepFrom));
      return out;
    },
    end() {
      const rest = Buffer.alloc(kept.length - gone, MASK_BYTE);
      kept = Buffer.alloc(0);
      keptMasked = kept;
      gone = 0;
      return rest;
    },
  };
}

/** Where the longest beginning of `secret` stands that the data ends with, without being all of it; -1: nowhere. */
function openingAt(data: Buffer, secret: Buffer): number {
  for (let at = Math.max(0, data.length - secret.length + 1); at < data.length; at++) {
    let same = 0;
    while (at + same < data.length && data[at + same] === secret[same]) same++;
    if (at + same === data.length) return at;
  }
  return -1;
}

/** What a captured screen may have between two characters that stand side by side: colours, line drawing, the end of a row. */
const BETWEEN = '(?:[\\x0e\\x0f]|\\x1b\\[[\\d;:]*m|\\r?\\n)*';
const CONTROL_OR_ANY = /(\u001b\[[\d;:]*m|[\u000e\u000f\r\n])|./gsu;

/** Masks secrets in a text that is complete, also where the edge of a screen broke them. */
export type TextRedactor = (text: string) => string;

export function redactText(secrets: readonly string[]): TextRedactor {
  if (secrets.length === 0) return (text) => text;
  // The longer first: one may be the beginning of another.
  const patterns = [...secrets]
    .sort((a, b) => b.length - a.length)
    .map((secret) => [...secret].map((char) => `\\u{${char.codePointAt(0)!.toString(16)}}`).join(BETWEEN));
  const any = new RegExp(patterns.join('|'), 'gu');
  return (text) =>
    text.replace(any, (found) =>
      found.replace(CONTROL_OR_ANY, (_char, control: string | undefined) => control ?? MASK),
    );
}

/** Every string in a value of JSON. */
export function redactDeep<T>(value: T, redact: TextRedactor): T {
  const walk = (one: unknown): unknown => {
    if (typeof one === 'string') return redact(one);
    if (Array.isArray(one)) return one.map(walk);
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, inner]) => [key, walk(inner)]));
  };
  return walk(value) as T;
}
