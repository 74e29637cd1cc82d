import type { HostBell, PlacementBell } from '@cao/contracts';
import { type Database, type Db, hasSqlState, isTakenIn } from './connect.ts';
import type { NextMail } from './repos/deliveries.ts';

/** A bell to ring once the transaction has committed. `hostId` null: on the placement queue. */
export type BellRequest =
  | { readonly bell: HostBell; readonly hostId: string; readonly id: string }
  | { readonly bell: PlacementBell; readonly hostId: null; readonly id: string };

/** One transaction together with the bells it wants rung: rows first, bells after the commit, never inside. */
export interface Ledger {
  readonly tx: Db;
  /** @param mail what whoever hears of it at once need not look up: of work that is one statement, behind which nothing changes it */
  ring(request: BellRequest, mail?: NextMail): void;
}

/** Apart, as a bell may be logged or queued, and a message may not. */
export interface Rung {
  readonly request: BellRequest;
  readonly mail: NextMail;
}

/** Two transactions that each wait for the other's row: Postgres ends one, which simply runs again. */
const DEADLOCK = '40P01';
/** A new row has drawn the id of another one: with 10,000 terminals that happens to one cluster in thirty. It draws again. */
const SHORT_IDS = ['terminals_pkey', 'tasks_pkey'];
const MAX_TRIES = 5;

const maySimplyRunAgain = (error: unknown): boolean =>
  hasSqlState(error, DEADLOCK) || isTakenIn(error, SHORT_IDS);

/** @param statements `one`: the work writes with a single statement, which is a transaction of its own, in one round trip. */
export async function inLedger<T>(
  database: Database,
  work: (ledger: Ledger) => Promise<T>,
  { statements = 'many' }: { readonly statements?: 'one' | 'many' } = {},
): Promise<{ value: T; bells: Rung[] }> {
  for (let tries = 1; ; tries++) {
    const bells: Rung[] = [];
    const ring: Ledger['ring'] = (request, mail = null) =>
      void bells.push({ request, mail: statements === 'one' ? mail : null });
    const doIt = (tx: Db) => work({ tx, ring });
    try {
      const value = await (statements === 'one' ? doIt(database.db) : database.db.transaction(doIt));
      return { value, bells };
    } catch (error) {
      if (tries >= MAX_TRIES || !maySimplyRunAgain(error)) throw error;
    }
  }
}
