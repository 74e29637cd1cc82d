import { CaoError, type HostView, type PaneReport } from '@cao/contracts';
import { ALONE } from '@cao/runtime';
import type { Db } from '../connect.ts';
import { eq, type SQL, sql } from '../drizzle.ts';
import { asRows, rowsOf } from '../rows-of.ts';
import { hosts } from '../schema/index.ts';
import { changeWithEvents } from './events.ts';
import { saysOfDisk } from './host-health.ts';
import type { HostRow } from './hosts.ts';
import { STATUS_DATA } from './terminals.ts';

/** What a host says of itself when it dials. */
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
  readonly panes: readonly Pick<
    PaneReport,
    'terminal' | 'epoch' | 'seq' | 'status' | 'source' | 'evidence'
  >[];
}

export interface Claim {
  readonly hostId: string;
  /** Who is to hold the link. */
  readonly replica: string;
  readonly hello: Hello;
}

export interface Claimed {
  readonly linkEpoch: number;
  /** How much of its spool is applied. */
  readonly acked: number;
  /** The machine was started anew since its last hello. */
  readonly rebooted: boolean;
}

/** Three missed signs of life: what such a replica holds, it holds no more. Units: seconds. */
export const REPLICA_SILENT_S = 15;

/**
 * Gives the link to this replica under a new epoch, and brings rows up to the statuses of its panes where nothing else is to be
 * done about them.
 * @throws CaoError conflict when another machine holds the link of this host: a clone, and only one can be it; not_found.
 */
export async function claimLink(db: Db, claim: Claim): Promise<Claimed> {
  const [claimed] = await claimAlone(db, ...valuesOf([claim]));
  if (claimed) return claimed;
  const { hostId } = claim;
  const [host] = await db.select({ id: hosts.id }).from(hosts).where(eq(hosts.id, hostId));
  if (!host) throw new CaoError('not_found', `no host ${hostId}`);
  throw new CaoError('conflict', `another machine is linked as host ${hostId}`, { duplicate: hostId });
}

/**
 * The same for many at once. What is locked, refused, or asked for twice is left alone.
 * @returns of each, in their order; what is `ALONE` has not changed.
 */
export async function claimLinks(
  db: Db,
  claims: readonly Claim[],
): Promise<((Claimed & { readonly nth: number }) | typeof ALONE)[]> {
  const firsts = claims.filter(
    ({ hostId }, nth) => claims.findIndex((claim) => claim.hostId === hostId) === nth,
  );
  const claimed = await claimInCompany(db, ...valuesOf(firsts));
  const byClaim = new Map(claimed.map((one) => [firsts[one.nth], one]));
  return claims.map((claim) => byClaim.get(claim) ?? ALONE);
}

function valuesOf(claims: readonly Claim[]): [claims: string, panes: string] {
  const said = claims.map(({ hostId, replica, hello: { panes: _, spool, ...hello } }, nth) => ({
    ...hello,
    nth,
    hostId,
    replica,
    spoolId: spool.id,
    condition: hello.health?.disk?.condition ?? null,
    says: saysOfDisk(hello.health?.disk ?? null),
  }));
  const panes = claims.flatMap(({ hostId, hello }) =>
    hello.panes.map(({ terminal, epoch, seq, status, source, evidence }) => ({
      hostId,
      terminal,
      epoch,
      seq,
      status,
      source,
      evidence,
    })),
  );
  return [asRows(said), asRows(panes)];
}

const SAID =
  'nth int, "hostId" text, replica uuid, instance text, "agentVersion" text, os text, arch text, attach text, "machineBoot" text, ' +
  'providers jsonb, warm text[], health jsonb, "spoolId" uuid, condition text, says text';
const PANE = '"hostId" text, terminal text, epoch int, seq bigint, status text, source text, evidence text';

/**
 * What is told of its panes is newer than what any row has: under its older links nothing can be committed any more. A pane that has
 * taken more than its row knows, or that is starting, is left to `reconcile`. A new spool (a host whose state folder was lost) counts
 * from zero.
 */
const claim = (locks: SQL) =>
  changeWithEvents<Claimed & { readonly nth: number }, [said: string, panes: string]>((said, panes) => ({
    change: sql`said as (
      select * from ${rowsOf('said', SAID, said)}
    ),
    before as (
      select hosts.id, said.nth, hosts.machine_boot, hosts.health
      from said join hosts on hosts.id = said."hostId"
      where hosts.instance is null or hosts.instance = said.instance or not exists (
        select 1 from replicas where replicas.id = hosts.replica and seen_at > now() - make_interval(secs => ${REPLICA_SILENT_S}::int))
      for no key update of hosts ${locks}
    ),
    claimed as (
      update hosts set link_epoch = link_epoch + 1, replica = said.replica, agent_version = said."agentVersion", os = said.os,
        arch = said.arch, attach = said.attach, instance = said.instance, machine_boot = said."machineBoot",
        providers = said.providers, warm = said.warm, health = said.health,
        spool_acked = case when spool_id = said."spoolId" then spool_acked else 0 end, spool_id = said."spoolId",
        connected_at = now(), lost_at = null
      from before join said on said.nth = before.nth
      where hosts.id = before.id
      returning said.nth, hosts.id, name, link_epoch, spool_acked, said.condition, said.says,
        before.health -> 'disk' ->> 'condition' as condition_before,
        coalesce(before.machine_boot <> said."machineBoot", false) as rebooted
    ),
    told as (
      select terminals.id, told.status, told.source, told.evidence
      from ${rowsOf('told', PANE, panes)}
      join claimed on claimed.id = told."hostId"
      join terminals on terminals.id = told.terminal and terminals.host_id = claimed.id and terminals.epoch = told.epoch
      where lifecycle = 'live' and pasted_seq >= told.seq and terminals.status <> told.status
      for no key update of terminals skip locked
    ),
    caught_up as (
      update terminals
      set status = told.status, status_source = told.source, status_evidence = told.evidence, status_at = now()
      from told where terminals.id = told.id
      returning terminals.id, session_name, host_id, epoch, agent_profile, terminals.status, status_source
    ),
    changed as (
      select 1 as place, 'host.online' as kind, null::text as session_name, null::text as terminal_id, id as host_id,
        jsonb_build_object('name', name, 'link_epoch', link_epoch) as data from claimed
      union all
      select 2, 'host.disk', null, null, id, jsonb_build_object('name', name, 'condition', condition, 'says', says)
      from claimed where condition_before is distinct from condition
      union all
      select 3, 'terminal.status', session_name, id, host_id, ${STATUS_DATA} from caught_up
    )`,
    kind: sql`kind`,
    sessionName: sql`session_name`,
    terminalId: sql`terminal_id`,
    hostId: sql`host_id`,
    data: sql`data`,
    orderBy: sql`place, host_id, terminal_id`,
    returning: sql`nth, link_epoch as "linkEpoch", spool_acked as acked, rebooted`,
    returningFrom: sql`claimed`,
  }));
const claimAlone = claim(sql``);
const claimInCompany = claim(sql`skip locked`);
