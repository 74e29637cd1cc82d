import { leaseMs } from '@cao/contracts';
import { beatReplica, type Database, giveUpAfter, removeReplica } from '@cao/db';
import type { Logger } from '@cao/runtime';

/** The sweep takes its links away after three missed ones. Units: ms. */
const BEAT_MS = 5_000;
/** Below the silence after which others take this replica's links. Units: ms. */
const FRESH_MS = 10_000;

/** A replica's sign of life in Postgres. */
export interface Pulse {
  start(): Promise<void>;
  /** Tells the other replicas, from now on. */
  reachedAt(url: string): Promise<void>;
  stop(): Promise<void>;
  /**
   * How long a host may let its terminals run after a beat that is answered now; null: nothing may be granted, as Postgres has
   * not heard of this replica lately, or no scheduler has said yet how long it waits.
   */
  leaseMs(): number | null;
}

/** @param after runs after each sign of life that was written */
export function makePulse(
  database: Database,
  replicaId: string,
  log: Logger,
  after: () => Promise<void>,
): Pulse {
  let timer: NodeJS.Timeout | undefined;
  let heard = Number.NEGATIVE_INFINITY;
  let giveUpAfterS: number | null = null;
  let url: string | null = null;
  const beat = async () => {
    const asked = performance.now();
    await beatReplica(database.db, replicaId, url);
    giveUpAfterS = await giveUpAfter(database.db);
    heard = asked;
    await after();
  };
  return {
    async start() {
      await beat();
      timer = setInterval(() => {
        beat().catch((error) => log.warn({ err: error }, 'no sign of life could be written'));
      }, BEAT_MS);
    },
    async reachedAt(told) {
      url = told;
      await beat();
    },
    async stop() {
      clearInterval(timer);
      await removeReplica(database.db, replicaId);
    },
    leaseMs: () =>
      giveUpAfterS !== null && performance.now() - heard < FRESH_MS ? leaseMs(giveUpAfterS) : null,
  };
}
