import { CaoError } from '@cao/contracts';
import { ALONE } from '@cao/runtime';
import type { Db } from '../connect.ts';
import { eq, type SQL, sql } from '../drizzle.ts';
import { fixed } from '../fixed.ts';
import { asRows, rowsOf } from '../rows-of.ts';
import { hosts } from '../schema/index.ts';
import { superseded } from './host-links.ts';
import type { HostRow } from './hosts.ts';
import type { TerminalRow } from './terminals.ts';
import { awaitsSql, worksSql } from './turn-end.ts';

interface Step {
  readonly hostId: string;
  readonly linkEpoch: number;
  /** Numbers of events that follow each other. */
  readonly first: number;
  readonly last: number;
}

export interface SpoolStep extends Step {
  /** Whose events they are; null: of no terminal. */
  readonly terminal: string | null;
}

/** In company. */
export interface SharedSpoolStep extends Step {
  /** Whose events they are, each once, and the number of each one's first event. */
  readonly terminals: readonly { readonly id: string; readonly first: number }[];
}

export interface SharedAdvance {
  /** The cursor: the last event that is to be applied. */
  readonly last: number;
  /** Whose events those are. */
  readonly owners: readonly TerminalOwner[];
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
  const [moved] = await advance(tx, hostId, linkEpoch, first - 1, last, terminal);
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

const STEP =
  'nth int, "hostId" text, "linkEpoch" int, first bigint, last bigint, terminals text[], firsts bigint[]';

/**
 * The same for several hosts and terminals at once. With so many rows locked nobody may be waited for: a host or terminal that somebody
 * else has locked is left alone, as is one that would lead to rows of others, because it is being drained, works on a task or awaits one.
 * A cursor is moved up to the first event of such a terminal.
 * @param steps each about a terminal or several; of one host the first is taken, as those behind it go by what it does.
 * @returns of each, in their order; what is `ALONE` has not changed.
 */
export async function advanceSpools(
  tx: Db,
  steps: readonly SharedSpoolStep[],
): Promise<(SharedAdvance | typeof ALONE)[]> {
  const firsts = steps
    .map(({ terminals, ...step }, nth) => ({
      ...step,
      nth,
      terminals: terminals.map(({ id }) => id),
      firsts: terminals.map(({ first }) => first),
    }))
    .filter(({ hostId, nth }) => steps.findIndex((step) => step.hostId === hostId) === nth);
  const rows = Map.groupBy(await advanceAll(tx, asRows(firsts)), ({ nth }) => nth);
  return steps.map((_, asked) => {
    const found = rows.get(asked);
    return found ? { last: found[0]!.upto, owners: found.map(({ nth, upto, ...owner }) => owner) } : ALONE;
  });
}

/** Locks the row: decisions about one terminal are taken one after the other. */
export async function lockOwner(tx: Db, id: string): Promise<TerminalOwner | null> {
  const [owner] = await lock(tx, id);
  return owner ?? null;
}

const OWNER = sql.raw(
  'terminals.id, host_id as "hostId", epoch, lifecycle, closing, session_name as "sessionName", provider',
);
const ownerOf = (id: SQL) => sql`select ${OWNER} from terminals where id = ${id}::text for update`;
const lock = fixed<TerminalOwner, [id: string]>(ownerOf);

type Moved = Pick<Advanced, 'mode'> & TerminalOwner;

const advance = fixed<
  Moved,
  [hostId: string, linkEpoch: number, before: number, last: number, terminal: string | null]
>(
  (hostId, linkEpoch, before, last, terminal) => sql`
    with moved as (
      update hosts set spool_acked = ${last}::bigint
      where id = ${hostId} and link_epoch = ${linkEpoch}::int and spool_acked = ${before}::bigint
      returning mode
    )
    select moved.mode, owner.* from moved left join lateral (${ownerOf(terminal)}) as owner on true`,
);

const OWN = sql.raw('terminals.id');
const advanceAll = fixed<TerminalOwner & { readonly nth: number; readonly upto: number }, [steps: string]>(
  (steps) => sql`
    with step as (
      select * from ${rowsOf('step', STEP, steps)}
    ),
    host as (
      select hosts.id, step.nth, step.last, step.terminals, step.firsts
      from step join hosts on hosts.id = step."hostId"
      where hosts.link_epoch = step."linkEpoch" and hosts.spool_acked = step.first - 1 and hosts.mode <> 'draining'
      for no key update of hosts skip locked
    ),
    told as (
      select nth, told.id, told.first from host cross join unnest(host.terminals, host.firsts) as told (id, first)
    ),
    owner as (
      select told.nth, told.first, ${OWNER}
      from told join terminals on terminals.id = told.id
      where not ${worksSql(OWN)} and not ${awaitsSql(OWN)}
      for update of terminals skip locked
    ),
    cut as (
      select told.nth, min(told.first) as first, min(told.first) filter (where owner.id is null) as at
      from told left join owner on owner.nth = told.nth and owner.id = told.id
      group by told.nth
    ),
    moved as (
      update hosts set spool_acked = coalesce(cut.at - 1, host.last)
      from host join cut on cut.nth = host.nth
      where hosts.id = host.id and cut.first is distinct from cut.at
      returning host.nth, hosts.spool_acked
    )
    select owner.nth, moved.spool_acked::float8 as upto, owner.id, owner."hostId", owner.epoch, owner.lifecycle, owner.closing,
      owner."sessionName", owner.provider
    from owner join moved on moved.nth = owner.nth where owner.first <= moved.spool_acked`,
);
