import { CaoError, type HostModeWish, sayMode, takesInput } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, eq, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { hosts } from '../schema/index.ts';
import { closeTerminal } from './closing.ts';
import { appendEvent } from './events.ts';
import { findHost } from './host-views.ts';
import { placeAnew } from './place-anew.ts';
import { ringUnplaced } from './placement.ts';
import { hasRunningChildren } from './tasks.ts';
import { lockTerminal, openTerminalsOf, requestClose, type TerminalRow } from './terminals.ts';

/** A host that was lost a moment ago may well be back in time to give what a terminal takes along. Units: seconds. */
const BACK_SOON_S = 30;

/** What people set of a host. Whoever waits for a place, or for the end of a pause, is rung. */
export async function setHostMode(ledger: Ledger, hostId: string, wish: HostModeWish): Promise<void> {
  const { tx } = ledger;
  const seconds =
    wish.mode === 'draining' ? wish.deadline_s : wish.mode === 'paused' ? wish.for_s : undefined;
  await tx
    .update(hosts)
    .set({
      mode: wish.mode,
      modeNote: wish.mode === 'open' ? null : (wish.note ?? null),
      // Cut, as the column would round it up, and a deadline of now would lie ahead.
      modeUntil:
        seconds === undefined
          ? null
          : sql`date_trunc('milliseconds', now()) + make_interval(secs => ${seconds})`,
      drain: wish.mode === 'draining' ? wish.drain : null,
    })
    .where(eq(hosts.id, hostId));
  await tellMode(tx, hostId);
  if (wish.mode === 'draining') await drainHost(ledger, hostId);
  else await ringHost(ledger, hostId);
}

async function tellMode(tx: Db, hostId: string): Promise<void> {
  const host = await findHost(tx, hostId);
  if (host)
    await appendEvent(tx, {
      kind: 'host.mode',
      hostId,
      data: { name: host.name, mode: host.mode, says: sayMode(host) },
    });
}

/** It may take terminals, and mail, again. */
async function ringHost(ledger: Ledger, hostId: string): Promise<void> {
  ledger.ring({ bell: 'reconcile', hostId, id: hostId });
  await ringUnplaced(ledger);
}

/** Pauses whose time is over, by the database's clock. */
export async function endPauses(ledger: Ledger): Promise<void> {
  const over = await ledger.tx
    .update(hosts)
    .set({ mode: 'open', modeNote: null, modeUntil: null })
    .where(and(eq(hosts.mode, 'paused'), sql`${hosts.modeUntil} <= now()`))
    .returning({ id: hosts.id });
  for (const { id } of over) {
    await tellMode(ledger.tx, id);
    await ringHost(ledger, id);
  }
}

/** Drains go on: what has ended its turn meanwhile, and past the deadline everything, leaves. */
export async function continueDrains(ledger: Ledger): Promise<void> {
  const draining = await ledger.tx.select({ id: hosts.id }).from(hosts).where(eq(hosts.mode, 'draining'));
  for (const { id } of draining) await drainHost(ledger, id);
}

async function drainHost(ledger: Ledger, hostId: string): Promise<void> {
  for (const { id } of await openTerminalsOf(ledger.tx, hostId)) {
    // Locked: a turn that begins at this moment is waited for.
    const row = await lockTerminal(ledger.tx, id);
    if (row?.hostId === hostId) await leaveDraining(ledger, row);
  }
}

/**
 * A terminal leaves its host if that is being drained and nothing keeps it there: a turn that is under way, workers that it
 * waits for. Past the deadline nothing does. `move` places it anew, `stop` ends it.
 */
export async function leaveDraining(ledger: Ledger, row: TerminalRow): Promise<void> {
  if (row.closing || row.lifecycle === 'closed' || row.hostId === null) return;
  const [host] = await ledger.tx
    .select({
      id: hosts.id,
      name: hosts.name,
      isNear: sql<boolean>`${hosts.replica} is not null or ${hosts.lostAt} > now() - make_interval(secs => ${BACK_SOON_S})`,
      drain: hosts.drain,
      over: sql<boolean>`${hosts.modeUntil} <= now()`,
    })
    .from(hosts)
    .where(and(eq(hosts.id, row.hostId), eq(hosts.mode, 'draining')));
  if (!host) return;
  const busy = row.lifecycle === 'live' && !takesInput(row.status);
  if (!host.over && (busy || (await hasRunningChildren(ledger.tx, row.id)))) return;
  const reason = `host ${host.name} is drained`;
  if (host.drain === 'stop') return requestClose(ledger, row.id, reason);
  const takes = row.lifecycle === 'live' && host.isNear;
  await placeAnew(ledger, row, { reason, ...(takes ? { takesFrom: host } : {}) });
}

/**
 * The host is none any more: its identity is worth nothing, its name is free again, and what still ran there has ended.
 * The link is told by the event.
 * @returns the terminals that ended
 * @throws CaoError conflict when there are some, and nobody said `force`
 */
export async function removeHost(
  ledger: Ledger,
  host: { id: string; name: string },
  force: boolean,
): Promise<string[]> {
  const { tx } = ledger;
  const open = await openTerminalsOf(tx, host.id);
  if (open.length > 0 && !force)
    throw new CaoError(
      'conflict',
      `host ${host.name} has ${open.length} open terminals: drain it first (cao host drain ${host.name}), or end them with --force`,
      { terminals: open.length },
    );
  for (const row of open) await closeTerminal(ledger, row, `host ${host.name} was removed`);
  await tx
    .update(hosts)
    .set({
      name: `${host.name}~${host.id}`,
      publicKey: null,
      linkEpoch: sql`${hosts.linkEpoch} + 1`,
      replica: null,
      removedAt: sql`now()`,
    })
    .where(eq(hosts.id, host.id));
  await appendEvent(tx, { kind: 'host.removed', hostId: host.id, data: { name: host.name } });
  return open.map(({ id }) => id);
}
