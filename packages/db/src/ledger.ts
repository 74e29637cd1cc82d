import type { HostBell, PlacementBell } from '@cao/contracts';
import type { Database, Db } from './connect.ts';

/** A bell to ring once the transaction has committed. `hostId` null: on the placement queue. */
export type BellRequest =
  | { readonly bell: HostBell; readonly hostId: string; readonly id: string }
  | { readonly bell: PlacementBell; readonly hostId: null; readonly id: string };

/** One transaction together with the bells it wants rung: rows first, bells after the commit, never inside. */
export interface Ledger {
  readonly tx: Db;
  ring(request: BellRequest): void;
}

export async function inLedger<T>(
  database: Database,
  work: (ledger: Ledger) => Promise<T>,
): Promise<{ value: T; bells: BellRequest[] }> {
  const bells: BellRequest[] = [];
  const value = await database.db.transaction((tx) => work({ tx, ring: (request) => bells.push(request) }));
  return { value, bells };
}
