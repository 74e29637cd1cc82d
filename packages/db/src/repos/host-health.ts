import { type HostUpgrade, type HostView, sayDisk } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { eq, sql } from '../drizzle.ts';
import { hosts } from '../schema/index.ts';
import { appendEvent } from './events.ts';

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

/** What the event says when that has changed. */
export const saysOfDisk = (disk: NonNullable<HostView['health']>['disk']): string =>
  disk ? sayDisk(disk) : 'its disk takes writes again';

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
      says: saysOfDisk(disk),
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
