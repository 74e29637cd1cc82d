/**
 * Seeded malice: `seed=7,swallow_enter=0.2,dialog=0.1,drop_paste=0.05,die_in_paste=0.01,lose_hook=0.1,delay=0-5000,
 * flood=0.05,lose_log=0`. Chances are per event (a prompt, a turn, a paste, a hook), `delay` is a range of ms.
 *
 * Each kind draws from a stream of its own, seeded by seed, terminal and kind: what happens at the third paste does not
 * depend on how many hooks were sent before it.
 */
export interface Malice {
  /** Whether it strikes now. */
  strikes(kind: Chance): boolean;
  /** A number between `low` and `high` from the stream of `kind`. */
  between(kind: string, low: number, high: number): number;
  delayMs(): number;
}

const chances = [
  'swallow_enter',
  'dialog',
  'drop_paste',
  'die_in_paste',
  'lose_hook',
  'lose_log',
  'flood',
] as const;
type Chance = (typeof chances)[number];

/** @throws Error naming the word that is not known, so that a typing error is no kindness. */
export function makeMalice(spec: string, terminalId: string): Malice {
  const set = new Map<string, string>();
  for (const word of spec.split(',').filter(Boolean)) {
    const [name = '', value = ''] = word.split('=');
    const known = (chances as readonly string[]).includes(name) || name === 'seed' || name === 'delay';
    const valid = name === 'delay' ? /^\d+-\d+$/.test(value) : value !== '' && Number.isFinite(Number(value));
    if (!known || !valid)
      throw new Error(`malice: ${JSON.stringify(word)} is not one of seed, delay=A-B, ${chances.join(', ')}`);
    set.set(name, value);
  }
  const streams = new Map<string, () => number>();
  const draw = (kind: string) => {
    const stream = streams.get(kind) ?? random(hash(`${set.get('seed') ?? 0}/${terminalId}/${kind}`));
    streams.set(kind, stream);
    return stream();
  };
  const [low = 0, high = 0] = (set.get('delay') ?? '0-0').split('-').map(Number);
  return {
    strikes: (kind) => set.has(kind) && draw(kind) < Number(set.get(kind)),
    between: (kind, from, to) => from + Math.floor(draw(`${kind}/size`) * (to - from + 1)),
    delayMs: () => (high > 0 ? low + Math.floor(draw('delay') * (high - low + 1)) : 0),
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const char of text) value = Math.imul(value ^ char.charCodeAt(0), 0x01000193);
  return value >>> 0;
}

/** Mulberry32: small, and good enough for a coin. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
