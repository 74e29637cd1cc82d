import type { HostView } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, asc, eq, isNull, or, sql } from '../drizzle.ts';
import { hosts } from '../schema/index.ts';
import type { HostRow } from './hosts.ts';
import { limitOf } from './provider-limits.ts';

/** Written out: in a select from one table the query builder leaves column names bare, and `id` would be the terminal's. */
const openCount = sql<number>`(select count(*)::int from terminals t where t.host_id = hosts.id and t.lifecycle <> 'closed')`;

/** Silence of this length makes a host `lost` on the display; before it is `suspect`. Units: seconds. */
const LOST_AFTER_S = 45;

const displayState = sql<'online' | 'suspect' | 'lost'>`case
  when ${hosts.replica} is not null then 'online'
  when ${hosts.lostAt} > now() - make_interval(secs => ${LOST_AFTER_S}) then 'suspect'
  else 'lost' end`;

const hostColumns = { row: hosts, open: openCount, state: displayState, now: sql<string>`now()` };

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

/** @param ref id or name. */
export async function findHost(db: Db, ref: string): Promise<HostView | null> {
  const [row] = await db
    .select(hostColumns)
    .from(hosts)
    .where(and(isNull(hosts.removedAt), or(eq(hosts.id, ref), eq(hosts.name, ref))));
  return row ? toHostView(row) : null;
}
