import type { Db } from '../connect.ts';
import { and, eq, isNull } from '../drizzle.ts';
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
