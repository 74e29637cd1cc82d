const MASK = '*';
const MASK_BYTE = 0x2a;
const NOTHING = Buffer.alloc(0);
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
  const longest = Math.max(0, ...wanted.map(({ bytes }) => bytes.length));
  /** By byte, whether a secret begins with it. */
  const begins = new Uint8Array(256);
  for (const { bytes } of wanted) begins[bytes[0]!] = 1;
  /** As it came, from the first byte of what may be a secret; the first `gone` of it went out. */
  let kept: Buffer = NOTHING;
  let keptMasked: Buffer = NOTHING;
  let gone = 0;
  return {
    feed(chunk) {
      const data = kept.length > 0 ? Buffer.concat([kept, chunk]) : chunk;
      let masked = data;
      if (keptMasked !== kept) masked = Buffer.concat([keptMasked, chunk]);
      let keepFrom = data.length;
      let holdFrom = data.length;
      for (const { bytes, lead } of wanted)
        for (let at = data.indexOf(bytes); at !== -1; at = data.indexOf(bytes, at + 1)) {
          if (masked === data) masked = Buffer.from(data);
          masked.fill(MASK_BYTE, at + lead, at + bytes.length);
        }
      for (let at = Math.max(0, data.length - longest + 1); at < data.length; at++) {
        if (!begins[data[at]!]) continue;
        for (const { bytes, lead } of wanted)
          if (isOpening(data, at, bytes)) {
            keepFrom = Math.min(keepFrom, at);
            holdFrom = Math.min(holdFrom, at + lead);
          }
      }
      const out = masked.subarray(gone, holdFrom);
      gone = holdFrom - keepFrom;
      // A copy: a few bytes must not keep a whole chunk in memory.
      kept = keepFrom < data.length ? Buffer.from(data.subarray(keepFrom)) : NOTHING;
      keptMasked = masked === data ? kept : Buffer.from(masked.subarray(keepFrom));
      return out;
    },
    end() {
      const rest = Buffer.alloc(kept.length - gone, MASK_BYTE);
      kept = NOTHING;
      keptMasked = NOTHING;
      gone = 0;
      return rest;
    },
  };
}

/** Whether the data ends, from `at` on, in the beginning of this secret, without being all of it. */
function isOpening(data: Buffer, at: number, secret: Buffer): boolean {
  const length = data.length - at;
  if (length >= secret.length) return false;
  for (let n = 0; n < length; n++) if (data[at + n] !== secret[n]) return false;
  return true;
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
