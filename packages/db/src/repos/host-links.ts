import { CaoError } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, eq, inArray, sql } from '../drizzle.ts';
import { hosts } from '../schema/index.ts';
import { appendEvent } from './events.ts';

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

export const superseded = (hostId: string, linkEpoch: number): CaoError =>
  new CaoError('conflict', `link epoch ${linkEpoch} of host ${hostId} is superseded`, {
    superseded: linkEpoch,
  });

/** Whether a commit was refused because the host has a newer link. */
export const isSuperseded = (error: unknown): boolean =>
  error instanceof CaoError && error.details.superseded !== undefined;

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
  if (rows.length === 0) throw superseded(hostId, linkEpoch);
}
