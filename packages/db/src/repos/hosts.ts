import type { Db } from '../connect.ts';
import { and, isNull, sql } from '../drizzle.ts';
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

/** Of each, in their order: null when it never joined, or was removed. */
export async function hostKeys(db: Db, ids: readonly string[]): Promise<(string | null)[]> {
  const rows = await db
    .select({ id: hosts.id, key: hosts.publicKey })
    .from(hosts)
    .where(and(sql`${hosts.id} = any(${sql.param(ids)}::text[])`, isNull(hosts.removedAt)));
  const keys = new Map(rows.map(({ id, key }) => [id, key]));
  return ids.map((id) => keys.get(id) ?? null);
}
