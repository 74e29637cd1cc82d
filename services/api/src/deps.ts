import type { Bearer, Database, NextMail } from '@cao/db';
import type { Queues } from '@cao/queue';
import type { Logger, Slots } from '@cao/runtime';
import type { Bus } from './bus.ts';
import type { Links } from './link/links.ts';
import type { Proofs } from './link/proofs.ts';
import type { Pulse } from './pulse.ts';

/** What the parts of one replica share. */
export interface Deps {
  readonly database: Database;
  readonly queues: Queues;
  readonly log: Logger;
  readonly replicaId: string;
  readonly bus: Bus;
  readonly links: Links;
  readonly pulse: Pulse;
  /** What the delivery to a terminal goes by. Those who look at about the same time share the look. */
  readonly nextMail: (terminalId: string) => Promise<NextMail>;
  /** Whose a token is. Those who ask at about the same time share the look. */
  readonly findBearer: (hash: string) => Promise<Bearer | null>;
  /** What hosts bring along from the time without a link is gone through a few at a time: behind it hellos and messages go on. */
  readonly catchUps: Slots;
  /** So are the rounds of its links: after an outage of Postgres all of them are due, and nobody waits for one. */
  readonly rounds: Slots;
  /** Of what it is having pasted. */
  readonly proofs: Proofs;
}
