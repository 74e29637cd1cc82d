import { z } from 'zod';

/**
 * Bells, not payloads: a job is a kind and an id. Its handler reads the rows, acts, commits, returns.
 * Any bell may ring twice or never; `reconcile` finds what a lost one missed.
 */
export interface Bell {
  readonly kind: string;
  /** What may lie in the job besides nothing: the id of the row to look at. */
  readonly payload: typeof bellPayload;
  /** A handler that takes longer is given up and rung again; it holds no lock meanwhile. */
  readonly deadlineMs: number;
  /** Rings after an error, besides the first. `WaitingError` uses none. */
  readonly attempts: number;
}

export const bellPayload = z.object({ id: z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/) }).strict();

const bell = (kind: string, deadlineMs: number, attempts = 3): Bell => ({
  kind,
  payload: bellPayload,
  deadlineMs,
  attempts,
});

/** Rung on the queue of the terminal's host; handled by the replica that holds that host's link. */
export const hostBells = {
  start: bell('start', 60_000),
  mail: bell('mail', 20_000),
  close: bell('close', 20_000),
  answer: bell('answer', 20_000),
  checkpoint: bell('checkpoint', 60_000),
  reconcile: bell('reconcile', 60_000),
} as const satisfies Record<string, Bell>;

/** Rung on `placement`; handled by any scheduler. */
export const placementBells = { place: bell('place', 10_000) } as const satisfies Record<string, Bell>;

/** Rung on `sweep` by the clock; handled by any scheduler. */
export const sweepBells = { sweep: bell('sweep', 25_000, 1) } as const satisfies Record<string, Bell>;

export type HostBell = keyof typeof hostBells;
const hostBellNames = Object.keys(hostBells) as [HostBell, ...HostBell[]];

/** What is told to the replicas beside the ring of a host's bell, so that the one with the link acts at once. */
export const toldBell = z
  .object({ hostId: bellPayload.shape.id, bell: z.enum(hostBellNames), id: bellPayload.shape.id })
  .strict();
export type ToldBell = z.infer<typeof toldBell>;
export type PlacementBell = keyof typeof placementBells;
export type SweepBell = keyof typeof sweepBells;

export const hostQueue = (hostId: string): string => `host-${hostId}`;
export const PLACEMENT_QUEUE = 'placement';
export const SWEEP_QUEUE = 'sweep';
