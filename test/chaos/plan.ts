import { seeded } from '../support/stack/storm.ts';

/**
 * What may happen, how often beside the others, and for how long it lasts in a long run. A fault without `ms` is over
 * at once. Units: ms.
 */
export const faultKinds = {
  api_kill: { weight: 10, ms: [0, 3_000] },
  api_pause: { weight: 4, ms: [500, 6_000] },
  scheduler_kill: { weight: 5, ms: [0, 5_000] },
  agent_kill: { weight: 12, ms: [0, 4_000] },
  link_cut: { weight: 12, ms: null },
  link_half_open: { weight: 6, ms: null },
  host_partition: { weight: 8, ms: [10_000, 30_000] },
  redis_stop: { weight: 4, ms: [500, 8_000] },
  redis_kill: { weight: 5, ms: [0, 4_000] },
  redis_wipe: { weight: 4, ms: null },
  postgres_restart: { weight: 4, ms: [0, 3_000] },
  postgres_kill: { weight: 4, ms: [0, 3_000] },
  cli_kill: { weight: 6, ms: null },
  pane_kill: { weight: 4, ms: null },
  tmux_kill: { weight: 1, ms: null },
  clock_jump: { weight: 5, ms: null },
  stack_stop: { weight: 2, ms: [4_000, 15_000] },
} as const satisfies Record<string, { weight: number; ms: readonly [number, number] | null }>;
export type FaultKind = keyof typeof faultKinds;
export const allKinds = Object.keys(faultKinds) as FaultKind[];

export interface PlannedFault {
  readonly kind: FaultKind;
  /** Which of those that it can hit: a share of them, 0 ≤ which < 1. */
  readonly which: number;
  readonly ms: number;
}

/** What happens at one time, once so many messages are sent. */
export interface Blow {
  readonly after: number;
  readonly faults: readonly PlannedFault[];
}

export interface PlanOptions {
  readonly seed: number;
  readonly messages: number;
  /** Faults at least; a blow of two may add one. */
  readonly faults: number;
  /** How long faults last, as a share of what a long run has. */
  readonly scale: number;
  /** What this machine cannot do. */
  readonly without: readonly FaultKind[];
}

/** One blow in so many is two faults at one time. */
const TWO_AT_ONCE = 6;

/** The same seed, the same plan: each kind once, in an order of its own, then by weight; spread over all messages. */
export function planOf({ seed, messages, faults, scale, without }: PlanOptions): Blow[] {
  const random = seeded(seed);
  const kinds = allKinds.filter((kind) => !without.includes(kind));
  const tickets = kinds.flatMap((kind) => Array<FaultKind>(faultKinds[kind].weight).fill(kind));
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const deck = shuffled(kinds, random);
  const next = (): PlannedFault => {
    const kind = deck.pop() ?? oneOf(tickets);
    const [low, high] = faultKinds[kind].ms ?? [0, 0];
    return { kind, which: random(), ms: Math.round((low + random() * (high - low)) * scale) };
  };
  const blows: PlannedFault[][] = [];
  for (let count = 0; count < faults; count += blows.at(-1)!.length)
    blows.push(random() < 1 / TWO_AT_ONCE ? [next(), next()] : [next()]);
  return blows.map((together, n) => ({
    after: Math.round((messages * (n + 1)) / (blows.length + 1)),
    faults: together,
  }));
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const left = [...list];
  return list.map(() => left.splice(Math.floor(random() * left.length), 1)[0]!);
}
