import type { HostBell, PlacementBell } from '@cao/contracts';
import { type Database, type Db, hasSqlState, isTakenIn } from './connect.ts';

/** A bell to ring once the transaction has committed. `hostId` null: on the placement queue. */
export type BellRequest =
  | { readonly bell: HostBell; readonly hostId: string; readonly id: string }
  | { readonly bell: PlacementBell; readonly hostId: null; readonly id: string };

/** One transaction together with the bells it wants rung: rows first, bells after the commit, never inside. */
export interface Ledger {
  readonly tx: Db;
  ring(request: BellRequest): void;
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
): Promise<{ value: T; bells: BellRequest[] }> {
  for (let tries = 1; ; tries++) {
    const bells: BellRequest[] = [];
    const doIt = (tx: Db) => work({ tx, ring: (request) => bells.push(request) });
    try {
      const value = await (statements === 'one' ? doIt(database.db) : database.db.transaction(doIt));
      return { value, bells };
    } catch (error) {
      if (tries >= MAX_TRIES || !maySimplyRunAgain(error)) throw error;
    }
  }
}
