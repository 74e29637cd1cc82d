import type { Db } from '../connect.ts';
import { and, eq, isNull, lte, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { health, hosts, replicas, sessions } from '../schema/index.ts';
import { closeTerminal } from './closing.ts';
import { placeAnew } from './place-anew.ts';
import { lockTerminal, openTerminalsOf, type TerminalRow } from './terminals.ts';

/** A judge that was away for longer than this has not been watching. Units: seconds. */
const BREAK_S = 15;
const ONLY_ROW = 1;

/**
 * A scheduler looked, by the database's clock. A laptop that slept, a server that was down, a stack that stood still, a time
 * without any replica to dial: each begins the watch anew. Where the time to wait is made shorter, leases of the longer one are
 * waited for. @returns whether the watch has lasted for `giveUpAfterS`.
 */
export async function noteHealth(db: Db, giveUpAfterS: number): Promise<boolean> {
  // A moment ahead is another scheduler that looked while this one waited for the row; more is a clock that was put back.
  const unbroken = sql`${health.seenAt} between now() - make_interval(secs => ${BREAK_S}) and now() + interval '1 second'
    and exists (select 1 from ${replicas} where ${replicas.seenAt} > now() - make_interval(secs => ${BREAK_S}))`;
  const [row] = await db
    .insert(health)
    .values({ id: ONLY_ROW, giveUpAfterS })
    .onConflictDoUpdate({
      target: health.id,
      set: {
        since: sql`case
          when ${health.giveUpAfterS} > ${giveUpAfterS} then now() + make_interval(secs => ${health.giveUpAfterS} - ${giveUpAfterS})
          when ${unbroken} then ${health.since}
          else now() end`,
        seenAt: sql`now()`,
        giveUpAfterS,
      },
    })
    .returning({ may: sql<boolean>`${health.since} <= now() - make_interval(secs => ${giveUpAfterS})` });
  return row!.may;
}

/** How long a host may be away; null before any scheduler has run. Units: seconds. */
export async function giveUpAfter(db: Db): Promise<number | null> {
  const [row] = await db.select({ seconds: health.giveUpAfterS }).from(health);
  return row?.seconds ?? null;
}

/** Hosts that nobody heard of for that long: what ran there is given up. Call it only when `noteHealth` said so. */
export async function giveUpHosts(ledger: Ledger, giveUpAfterS: number): Promise<void> {
  // Locked: a hello at this moment waits, and then finds its panes of an old epoch.
  const away = await ledger.tx
    .select({ id: hosts.id, name: hosts.name })
    .from(hosts)
    .where(
      and(
        isNull(hosts.replica),
        isNull(hosts.removedAt),
        lte(hosts.lostAt, sql`now() - make_interval(secs => ${giveUpAfterS})`),
      ),
    )
    .for('update', { skipLocked: true });
  for (const host of away)
    for (const { id } of await openTerminalsOf(ledger.tx, host.id)) {
      const row = await lockTerminal(ledger.tx, id);
      if (row?.hostId === host.id && row.lifecycle !== 'closed')
        await goOnAfterLoss(ledger, row, `host ${host.name} was not heard of for ${giveUpAfterS} s`, null);
    }
}

/**
 * A terminal lost its pane with its host: by the policy of its session its tasks fail, or it goes on in another pane.
 * @param resumesOn the host that still has its conversation, if its CLI can go on with one.
 */
export async function goOnAfterLoss(
  ledger: Ledger,
  row: TerminalRow,
  reason: string,
  resumesOn: string | null,
): Promise<void> {
  if (row.closing || !(await restarts(ledger.tx, row.sessionName)))
    return closeTerminal(ledger, row, row.closing ?? reason);
  await placeAnew(ledger, row, { reason, ...(resumesOn ? { resumesOn } : {}) });
}

/** Whether terminals of this session go on elsewhere when their host is lost. */
export async function restarts(db: Db, session: string): Promise<boolean> {
  const [row] = await db
    .select({ policy: sessions.onHostLost })
    .from(sessions)
    .where(eq(sessions.name, session));
  return row?.policy === 'restart';
}
