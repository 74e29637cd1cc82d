import { CaoError, type FailureKind, type HostUpgrade, type HostView, sayDisk } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, asc, eq, inArray, isNotNull, isNull, or, sql } from '../drizzle.ts';
import { hosts } from '../schema/index.ts';
import { appendEvent } from './events.ts';

export type HostRow = typeof hosts.$inferSelect;

export async function insertHost(
  db: Db,
  host: { id: string; name: string; publicKey: string; labels: string[]; capacity: number },
): Promise<void> {
  await db.insert(hosts).values(host);
  await appendEvent(db, { kind: 'host.joined', hostId: host.id, data: { name: host.name } });
}

/** @returns null when it never joined, or was removed. */
export async function hostKey(db: Db, id: string): Promise<string | null> {
  const [row] = await db
    .select({ key: hosts.publicKey })
    .from(hosts)
    .where(and(eq(hosts.id, id), isNull(hosts.removedAt)));
  return row?.key ?? null;
}

export interface Hello {
  readonly agentVersion: string;
  readonly os: string;
  readonly arch: string;
  readonly attach: string;
  readonly instance: string;
  readonly machineBoot: string;
  readonly providers: HostRow['providers'];
  readonly warm: readonly string[];
  readonly health: HostView['health'];
  readonly spool: { readonly id: string; readonly last: number };
}

/** Three missed signs of life: what such a replica holds, it holds no more. Units: seconds. */
export const REPLICA_SILENT_S = 15;

/**
 * Gives the link to this replica under a new epoch.
 * @throws CaoError conflict when another machine holds the link of this host: a clone, and only one can be it.
 * @returns the epoch, how much of its spool is applied, and whether the machine was started anew since its last hello.
 */
export async function claimLink(
  db: Db,
  hostId: string,
  replica: string,
  hello: Hello,
): Promise<{ linkEpoch: number; acked: number; rebooted: boolean }> {
  return db.transaction(async (tx) => {
    const [before] = await tx
      .select({
        machineBoot: hosts.machineBoot,
        instance: hosts.instance,
        health: hosts.health,
        linked: sql<boolean>`exists (select 1 from replicas where id = ${hosts.replica} and seen_at > now() - make_interval(secs => ${REPLICA_SILENT_S}))`,
      })
      .from(hosts)
      .where(eq(hosts.id, hostId))
      .for('update');
    if (before?.linked && before.instance !== null && before.instance !== hello.instance)
      throw new CaoError('conflict', `another machine is linked as host ${hostId}`, { duplicate: hostId });
    const [row] = await tx
      .update(hosts)
      .set({
        linkEpoch: sql`${hosts.linkEpoch} + 1`,
        replica,
        agentVersion: hello.agentVersion,
        os: hello.os,
        arch: hello.arch,
        attach: hello.attach,
        instance: hello.instance,
        machineBoot: hello.machineBoot,
        providers: hello.providers,
        warm: [...hello.warm],
        health: hello.health,
        // A new spool (a host whose state folder was lost) counts from zero.
        spoolAcked: sql`case when ${hosts.spoolId} = ${hello.spool.id} then ${hosts.spoolAcked} else 0 end`,
        spoolId: hello.spool.id,
        connectedAt: sql`now()`,
        lostAt: null,
      })
      .where(eq(hosts.id, hostId))
      .returning({ linkEpoch: hosts.linkEpoch, acked: hosts.spoolAcked, name: hosts.name });
    if (!row) throw new CaoError('not_found', `no host ${hostId}`);
    await appendEvent(tx, {
      kind: 'host.online',
      hostId,
      data: { name: row.name, link_epoch: row.linkEpoch },
    });
    await noteDisk(tx, { id: hostId, name: row.name }, before?.health ?? null, hello.health);
    const rebooted = (before?.machineBoot ?? hello.machineBoot) !== hello.machineBoot;
    return { linkEpoch: row.linkEpoch, acked: row.acked, rebooted };
  });
}

/** Another machine asked for the link of this host. An event at most once a minute: it goes on asking. */
export async function noteDuplicate(db: Db, hostId: string): Promise<void> {
  await db.transaction(async (tx) => {
    const [row] = await tx
      .update(hosts)
      .set({ duplicateAt: sql`now()` })
      .where(
        and(eq(hosts.id, hostId), sql`coalesce(${hosts.duplicateAt} < now() - interval '1 minute', true)`),
      )
      .returning({ name: hosts.name });
    if (row) await appendEvent(tx, { kind: 'host.duplicate', hostId, data: { name: row.name } });
  });
}

/** What its machine has left. */
export async function setHealth(
  tx: Db,
  hostId: string,
  health: NonNullable<HostView['health']>,
): Promise<void> {
  const [before] = await tx
    .select({ name: hosts.name, health: hosts.health })
    .from(hosts)
    .where(eq(hosts.id, hostId))
    .for('update');
  if (!before) return;
  await tx.update(hosts).set({ health }).where(eq(hosts.id, hostId));
  await noteDisk(tx, { id: hostId, name: before.name }, before.health, health);
}

/** An event when its disk begins to refuse writes, refuses them in another way, or takes them again. */
async function noteDisk(
  tx: Db,
  host: { readonly id: string; readonly name: string },
  before: HostView['health'],
  now: HostView['health'],
): Promise<void> {
  const disk = now?.disk ?? null;
  // A row of an older agent does not say.
  if ((before?.disk?.condition ?? null) === (disk?.condition ?? null)) return;
  await appendEvent(tx, {
    kind: 'host.disk',
    hostId: host.id,
    data: {
      name: host.name,
      condition: disk?.condition ?? null,
      says: disk ? sayDisk(disk) : 'its disk takes writes again',
    },
  });
}

/** Where it is on its way to another version of its worker-agent. */
export async function setUpgrade(tx: Db, hostId: string, upgrade: HostUpgrade): Promise<void> {
  const at = sql`jsonb_build_object('at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;
  const [row] = await tx
    .update(hosts)
    .set({ upgrade: sql`${JSON.stringify(upgrade)}::text::jsonb || ${at}` })
    .where(eq(hosts.id, hostId))
    .returning({ name: hosts.name });
  if (row) await appendEvent(tx, { kind: 'host.upgrade', hostId, data: { name: row.name, ...upgrade } });
}

/** What this replica holds by the rows. Units of `seconds`: since its hello. */
export const linksOfReplica = (db: Db, replica: string) =>
  db
    .select({
      id: hosts.id,
      linkEpoch: hosts.linkEpoch,
      seconds: sql<number>`extract(epoch from now() - ${hosts.connectedAt})::float`,
    })
    .from(hosts)
    .where(eq(hosts.replica, replica));

/** The link ended; only its own epoch may say so. */
export async function releaseLink(
  db: Db,
  hostId: string,
  linkEpoch: number,
  reason: string,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .update(hosts)
      .set({ replica: null, lostAt: sql`now()` })
      .where(and(eq(hosts.id, hostId), eq(hosts.linkEpoch, linkEpoch)))
      .returning({ name: hosts.name });
    if (row) await appendEvent(tx, { kind: 'host.offline', hostId, data: { name: row.name, reason } });
    return row !== undefined;
  });
}

/** Hosts whose link was held by replicas that died without a word. */
export async function releaseLinksOf(db: Db, replicaIds: readonly string[]): Promise<string[]> {
  if (replicaIds.length === 0) return [];
  return db.transaction(async (tx) => {
    const rows = await tx
      .update(hosts)
      .set({ replica: null, lostAt: sql`now()` })
      .where(inArray(hosts.replica, [...replicaIds]))
      .returning({ id: hosts.id, name: hosts.name });
    for (const row of rows)
      await appendEvent(tx, {
        kind: 'host.offline',
        hostId: row.id,
        data: { name: row.name, reason: 'replica died' },
      });
    return rows.map((row) => row.id);
  });
}

/**
 * The fence of every commit made for a host: share-locks its row, so that a newer hello waits for this commit.
 * @throws CaoError conflict when the link epoch is no longer this one.
 */
export async function fenceLink(tx: Db, hostId: string, linkEpoch: number): Promise<void> {
  const rows = await tx
    .select({ id: hosts.id })
    .from(hosts)
    .where(and(eq(hosts.id, hostId), eq(hosts.linkEpoch, linkEpoch)))
    .for('share');
  if (rows.length === 0)
    throw new CaoError('conflict', `link epoch ${linkEpoch} of host ${hostId} is superseded`);
}

/**
 * Moves the spool cursor from before `first` to `n`, under the fence.
 * @returns what people set of the host: apply these events in this transaction; null: they are applied already.
 * @throws CaoError conflict for an old link epoch or a gap, or when only some are applied already.
 */
export async function advanceSpool(
  tx: Db,
  hostId: string,
  linkEpoch: number,
  n: number,
  first = n,
): Promise<HostRow['mode'] | null> {
  const [moved] = await tx
    .update(hosts)
    .set({ spoolAcked: n })
    .where(and(eq(hosts.id, hostId), eq(hosts.linkEpoch, linkEpoch), eq(hosts.spoolAcked, first - 1)))
    .returning({ mode: hosts.mode });
  if (moved) return moved.mode;
  const [row] = await tx
    .select({ epoch: hosts.linkEpoch, acked: hosts.spoolAcked })
    .from(hosts)
    .where(eq(hosts.id, hostId));
  if (row?.epoch !== linkEpoch)
    throw new CaoError('conflict', `link epoch ${linkEpoch} of host ${hostId} is superseded`);
  if (n > row.acked)
    throw new CaoError('conflict', `event ${n} of host ${hostId} came after ${row.acked}: a gap`);
  return null;
}

/** Written out: in a select from one table the query builder leaves column names bare, and `id` would be the terminal's. */
const openCount = sql<number>`(select count(*)::int from terminals t where t.host_id = hosts.id and t.lifecycle <> 'closed')`;

/** Silence of this length makes a host `lost` on the display; before it is `suspect`. Units: seconds. */
const LOST_AFTER_S = 45;

const displayState = sql<'online' | 'suspect' | 'lost'>`case
  when ${hosts.replica} is not null then 'online'
  when ${hosts.lostAt} > now() - make_interval(secs => ${LOST_AFTER_S}) then 'suspect'
  else 'lost' end`;

const hostColumns = { row: hosts, open: openCount, state: displayState, now: sql<string>`now()` };

/** Only while it lasts, by the database's clock. */
function limitOf(row: HostRow, now: string, provider: string): HostView['providers'][number]['limit'] {
  const limit = row.limits[provider];
  return limit && Date.parse(limit.until) > Date.parse(now) ? limit : null;
}

/**
 * A quota whose renewal nobody knows is tried again after this. A refused login soon: whoever logs in now launches again in a
 * moment, and should not wait. Units: minutes.
 */
const LIMIT_MIN = { quota: 15, login: 1 } as const;

/** A CLI's service refused it on this host: nothing is placed on it there for a while. */
export async function limitProvider(
  tx: Db,
  hostId: string,
  provider: string,
  failed: { kind: FailureKind; resets_at: string | null },
): Promise<void> {
  const minutes = failed.kind === 'not_logged_in' ? LIMIT_MIN.login : LIMIT_MIN.quota;
  const until = sql`coalesce(${failed.resets_at}::timestamptz, now() + make_interval(mins => ${minutes}))`;
  const entry = sql`jsonb_build_object(${provider}::text, jsonb_build_object('kind', ${failed.kind}::text, 'until', to_char(${until} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))`;
  await tx
    .update(hosts)
    .set({ limits: sql`${hosts.limits} || ${entry}` })
    .where(eq(hosts.id, hostId));
}

/** It answers again. */
export async function unlimitProvider(tx: Db, hostId: string, provider: string): Promise<void> {
  await tx
    .update(hosts)
    .set({ limits: sql`${hosts.limits} - ${provider}::text` })
    .where(and(eq(hosts.id, hostId), sql`${hosts.limits} ? ${provider}::text`));
}

/** A pause whose time is over counts as none, before the sweep has written that down. */
function modeOf(row: HostRow, now: string): Pick<HostView, 'mode' | 'mode_note' | 'mode_until' | 'drain'> {
  const over = row.mode === 'paused' && row.modeUntil !== null && row.modeUntil.getTime() <= Date.parse(now);
  return over
    ? { mode: 'open', mode_note: null, mode_until: null, drain: null }
    : {
        mode: row.mode,
        mode_note: row.modeNote,
        mode_until: row.modeUntil?.toISOString() ?? null,
        drain: row.drain,
      };
}

function toHostView(found: { row: HostRow; open: number; state: HostView['state']; now: string }): HostView {
  const { row } = found;
  return {
    id: row.id,
    name: row.name,
    state: found.state,
    ...modeOf(row, found.now),
    labels: row.labels,
    capacity: row.capacity,
    terminals: found.open,
    link_epoch: row.linkEpoch,
    agent_version: row.agentVersion,
    os: row.os,
    arch: row.arch,
    providers: row.providers.map((provider) => ({
      ...provider,
      // Rows of an older agent do not say.
      resumes: provider.resumes ?? false,
      limit: limitOf(row, found.now, provider.id),
    })),
    health: row.health && { ...row.health, disk: row.health.disk ?? null },
    upgrade: row.upgrade,
    warm: row.warm,
    attach: row.attach,
    connected_at: row.connectedAt?.toISOString() ?? null,
    lost_at: row.lostAt?.toISOString() ?? null,
    duplicate_at: row.duplicateAt?.toISOString() ?? null,
    created_at: row.createdAt.toISOString(),
  };
}

export async function listHosts(db: Db): Promise<HostView[]> {
  const rows = await db
    .select(hostColumns)
    .from(hosts)
    .where(isNull(hosts.removedAt))
    .orderBy(asc(hosts.createdAt), asc(hosts.id));
  return rows.map(toHostView);
}

/** Ids of hosts whose link some replica holds. */
export async function linkedHosts(db: Db): Promise<string[]> {
  const rows = await db.select({ id: hosts.id }).from(hosts).where(isNotNull(hosts.replica));
  return rows.map(({ id }) => id);
}

/** @param ref id or name. */
export async function findHost(db: Db, ref: string): Promise<HostView | null> {
  const [row] = await db
    .select(hostColumns)
    .from(hosts)
    .where(and(isNull(hosts.removedAt), or(eq(hosts.id, ref), eq(hosts.name, ref))));
  return row ? toHostView(row) : null;
}

/** Any number that only placement uses. */
const PLACEMENT_LOCK = 4_207_002;

/**
 * All hosts, for a placement: one at a time in the whole cluster, until the transaction ends, so that a count of open
 * rows is a reservation. Not the rows' own locks: every event of every host would wait behind them.
 */
export async function hostsForPlacement(tx: Db): Promise<HostView[]> {
  await tx.execute(sql`select pg_advisory_xact_lock(${PLACEMENT_LOCK})`);
  return listHosts(tx);
}
