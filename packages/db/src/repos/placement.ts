import type { PlacementWish } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, asc, eq, isNull, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { terminals } from '../schema/index.ts';
import { type TerminalRow, terminalEvent } from './terminals.ts';

/** Written out, so that a prepared plan knows the index of these few. */
export const isPlacing = sql`${terminals.lifecycle} = 'placing'`;
const isUnplaced = and(isNull(terminals.hostId), isPlacing);

/** In a query on `terminals`: what placement has to know beside its columns. */
const placementColumns = {
  session: terminals.sessionName,
  wishApart: terminals.wishApart,
  // Written out: in a select from one table the query builder leaves column names bare, and they would be those of `o`.
  avoid: sql<string[]>`case when terminals.wish_apart then
    array(select distinct o.host_id from terminals o where o.session_name = terminals.session_name
      and o.id <> terminals.id and o.host_id is not null and o.lifecycle <> 'closed') else '{}' end`,
  repo: sql<string | null>`${terminals.workspace} ->> 'repo'`,
};

/** What one terminal wants of its host. */
export async function placementWishOf(db: Db, row: TerminalRow): Promise<PlacementWish> {
  const [more] = await db.select(placementColumns).from(terminals).where(eq(terminals.id, row.id));
  return { ...row, avoid: more?.avoid ?? [], repo: more?.repo ?? null };
}

/** Any number that only placement uses. */
const PLACEMENT_LOCK = 4_207_002;

/**
 * One placement at a time in the whole cluster, until the transaction ends, so that a count of open rows is a reservation. Not the
 * hosts' own locks: every event of every host would wait behind them.
 */
export const lockPlacement = (tx: Db) => tx.execute(sql`select pg_advisory_xact_lock(${PLACEMENT_LOCK})`);

/** Terminals without a host, oldest first, and what they want of one. */
export const unplacedTerminals = (db: Db) =>
  db
    .select({
      id: terminals.id,
      closing: terminals.closing,
      providers: terminals.providers,
      wishHost: terminals.wishHost,
      wishLabels: terminals.wishLabels,
      ...placementColumns,
    })
    .from(terminals)
    .where(isUnplaced)
    .orderBy(asc(terminals.createdAt), asc(terminals.id));

export const hasUnplaced = async (db: Db): Promise<boolean> =>
  (await db.select({ id: terminals.id }).from(terminals).where(isUnplaced).limit(1)).length > 0;

/** There may be room for those that wait: one bell has all of them looked at. */
export async function ringUnplaced(ledger: Ledger): Promise<void> {
  const [first] = await ledger.tx
    .select({ id: terminals.id })
    .from(terminals)
    .where(isUnplaced)
    .orderBy(asc(terminals.createdAt))
    .limit(1);
  if (first) ledger.ring({ bell: 'place', hostId: null, id: first.id });
}

export async function placeTerminal(
  ledger: Ledger,
  terminal: TerminalRow,
  { hostId, provider }: { hostId: string; provider: string },
): Promise<void> {
  await ledger.tx
    .update(terminals)
    .set({ hostId, provider, placedAt: sql`now()`, reason: null })
    .where(eq(terminals.id, terminal.id));
  await terminalEvent(ledger.tx, 'terminal.placed', { ...terminal, hostId }, { provider });
  ledger.ring({ bell: 'start', hostId, id: terminal.id });
}

/**
 * Takes starts that were not confirmed in time away from their hosts, under a new epoch: what the old host may still
 * start carries the old one, is refused at the commit, and ended when that host is reconciled.
 */
export async function retryStalledStarts(ledger: Ledger, afterSeconds: number): Promise<void> {
  const rows = await ledger.tx
    .update(terminals)
    .set({
      hostId: null,
      placedAt: null,
      epoch: sql`${terminals.epoch} + 1`,
      reason: 'its host did not start it in time',
    })
    .where(and(isPlacing, sql`${terminals.placedAt} < now() - make_interval(secs => ${afterSeconds})`))
    .returning();
  for (const row of rows) {
    await terminalEvent(ledger.tx, 'terminal.waiting', row, { reason: row.reason });
    ledger.ring({ bell: 'place', hostId: null, id: row.id });
  }
}

/** Its host cannot start it and another one may: as above, at once. It waits with this reason until it has a place. */
export async function placeElsewhere(ledger: Ledger, row: TerminalRow, reason: string): Promise<void> {
  const [moved] = await ledger.tx
    .update(terminals)
    .set({ hostId: null, placedAt: null, epoch: sql`${terminals.epoch} + 1`, reason })
    .where(and(eq(terminals.id, row.id), eq(terminals.epoch, row.epoch), eq(terminals.lifecycle, 'placing')))
    .returning();
  if (!moved) return;
  await terminalEvent(ledger.tx, 'terminal.waiting', moved, { reason });
  ledger.ring({ bell: 'place', hostId: null, id: row.id });
}
