import type { Database } from '@cao/db';
import type { Queues } from '@cao/queue';
import type { Logger, Slots } from '@cao/runtime';
import type { Bus } from './bus.ts';
import type { Arrivals } from './link/arrivals.ts';
import type { Links } from './link/links.ts';
import type { Proofs } from './link/proofs.ts';
import type { Pulse } from './pulse.ts';
import type { Shared } from './shared.ts';

/** What the parts of one replica share. */
export interface Deps {
  readonly database: Database;
  readonly queues: Queues;
  readonly log: Logger;
  readonly replicaId: string;
  readonly bus: Bus;
  readonly links: Links;
  readonly pulse: Pulse;
  readonly shared: Shared;
  readonly arrivals: Arrivals;
  /** A host may have room for terminals that wait for one. */
  readonly tellRoom: () => Promise<void>;
  /** What hosts tell of the time without a link is applied a few at a time: beside it hellos and messages go on. */
  readonly catchUps: Slots;
  /** So are the rounds of its links: after an outage of Postgres all of them are due, and nobody waits for one. */
  readonly rounds: Slots;
  /** Of what it is having pasted. */
  readonly proofs: Proofs;
}
