import { CaoError } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { eq, sql } from '../drizzle.ts';
import { hosts } from '../schema/index.ts';
import { superseded } from './host-links.ts';
import type { HostRow } from './hosts.ts';
import type { TerminalRow } from './terminals.ts';

export interface SpoolStep {
  readonly hostId: string;
  readonly linkEpoch: number;
  /** Numbers of events that follow each other. */
  readonly first: number;
  readonly last: number;
  /** Whose events they are; null: of no terminal. */
  readonly terminal: string | null;
}

/** Whose a terminal is: what its events are judged by. The row is wide, and most events need no more of it. */
export type TerminalOwner = Pick<
  TerminalRow,
  'id' | 'hostId' | 'epoch' | 'lifecycle' | 'closing' | 'sessionName' | 'provider'
>;

export interface Advanced {
  /** What people set of the host. */
  readonly mode: HostRow['mode'];
  /** Its row is locked; null: there is none. */
  readonly owner: TerminalOwner | null;
}

/**
 * Moves the spool cursor over these events, under the fence of the link, and locks their terminal.
 * @returns null: they are applied already; else they are to be applied in this transaction.
 * @throws CaoError conflict for an old link epoch or a gap, or when only some are applied already.
 */
export async function advanceSpool(tx: Db, step: SpoolStep): Promise<Advanced | null> {
  const { hostId, linkEpoch, first, last, terminal } = step;
  const { rows } = await tx.execute<Pick<Advanced, 'mode'> & TerminalOwner>(sql`
    with moved as (
      update hosts set spool_acked = ${last}::bigint
      where id = ${hostId} and link_epoch = ${linkEpoch}::int and spool_acked = ${first - 1}::bigint
      returning mode
    )
    select moved.mode, owner.* from moved left join lateral (${ownerOf(terminal)}) as owner on true`);
  const [moved] = rows;
  if (moved) {
    const { mode, ...owner } = moved;
    return { mode, owner: owner.id === null ? null : owner };
  }
  const [row] = await tx
    .select({ epoch: hosts.linkEpoch, acked: hosts.spoolAcked })
    .from(hosts)
    .where(eq(hosts.id, hostId));
  if (row?.epoch !== linkEpoch) throw superseded(hostId, linkEpoch);
  if (last > row.acked)
    throw new CaoError('conflict', `event ${last} of host ${hostId} came after ${row.acked}: a gap`);
  return null;
}

/** Locks the row: decisions about one terminal are taken one after the other. */
export async function lockOwner(tx: Db, id: string): Promise<TerminalOwner | null> {
  const { rows } = await tx.execute<TerminalOwner>(ownerOf(id));
  return rows[0] ?? null;
}

const ownerOf = (id: string | null) => sql`
  select id, host_id as "hostId", epoch, lifecycle, closing, session_name as "sessionName", provider
  from terminals where id = ${id}::text for update`;
