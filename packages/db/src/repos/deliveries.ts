import type { EventKind } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, asc, eq, inArray, isNull, sql } from '../drizzle.ts';
import { fixed } from '../fixed.ts';
import { asRows, rowsOf } from '../rows-of.ts';
import { messages } from '../schema/index.ts';
import { changeWithEvents } from './events.ts';
import { fenceLink } from './host-links.ts';
import {
  changeOf,
  eachOf,
  isUnsettled,
  MESSAGE_COLUMNS,
  MESSAGE_DATA,
  messageEvent,
} from './message-events.ts';
import type { MessageRow } from './messages.ts';
import { STATUS_DATA, type StatusNow, type TerminalRow } from './terminals.ts';

/** The next message that is not settled yet: a pasted one whose proof is missing comes before any queued one. */
export async function nextOpen(db: Db, terminalId: string): Promise<MessageRow | null> {
  const [row] = await db
    .select()
    .from(messages)
    .where(and(eq(messages.terminalId, terminalId), isUnsettled))
    .orderBy(asc(messages.seq))
    .limit(1);
  return row ?? null;
}

/** In one look: most of them find that there is nothing to do. @returns in their order */
export async function nextMails(db: Db, terminalIds: readonly string[]): Promise<NextMail[]> {
  const wanted = [...new Set(terminalIds)].map((id) => ({ wanted: id }));
  const rows = await lookFor(db, asRows(wanted));
  return terminalIds.map((id) => {
    const found = rows.find((one) => one.id === id);
    if (!found) return null;
    const { paused, message, ...row } = found;
    return { row, message, paused };
  });
}

type Receiver = Pick<
  TerminalRow,
  'id' | 'epoch' | 'hostId' | 'lifecycle' | 'closing' | 'pastedSeq' | 'sessionName'
>;

/** What the delivery of a terminal's next open message goes by. Null: there is no such terminal. */
export type NextMail = {
  readonly row: Receiver;
  readonly message: Pick<MessageRow, 'id' | 'seq' | 'state' | 'text'> | null;
  /** No message goes to its host meanwhile. */
  readonly paused: boolean;
} | null;

type NextOf = Receiver & Omit<NonNullable<NextMail>, 'row'>;

/** SQL, beside `hosts`. */
export const PAUSED = sql.raw(
  "coalesce(hosts.mode = 'paused' and coalesce(hosts.mode_until > now(), true), false) as paused",
);

const lookFor = fixed<NextOf, [wanted: string]>(
  (wanted) => sql`
    select terminals.id, epoch, host_id as "hostId", lifecycle, closing, pasted_seq::float8 as "pastedSeq",
      session_name as "sessionName", to_json(message) as message,
      ${PAUSED}
    from ${rowsOf('wanted', 'wanted text', wanted)}
    join terminals on terminals.id = wanted
    left join hosts on hosts.id = terminals.host_id
    left join lateral (
      select messages.id, seq, state, text from messages
      where messages.terminal_id = terminals.id and ${isUnsettled}
      order by seq limit 1
    ) as message on true`,
);

/** Those for which messages wait, or lie in their pane without proof. */
export async function withMail(db: Db, terminalIds: readonly string[]): Promise<Set<string>> {
  const rows = await db
    .selectDistinct({ id: messages.terminalId })
    .from(messages)
    .where(and(sql`${messages.terminalId} = any(${sql.param(terminalIds)}::text[])`, isUnsettled));
  return new Set(rows.map(({ id }) => id));
}

export const hasMail = async (db: Db, terminalId: string): Promise<boolean> =>
  (await withMail(db, [terminalId])).has(terminalId);

/**
 * The pane's cursor is at `seq`: every queued row up to it lies in the pane. In a pane of an older epoch lies nothing: it is
 * nobody's any more. One statement, under the fence of the link.
 * @throws CaoError conflict when the link epoch is no longer this one.
 */
export async function commitPasted(
  db: Db,
  link: { hostId: string; epoch: number },
  terminal: { id: string; epoch: number; session: string },
  seq: number,
): Promise<void> {
  const { id, epoch, session } = terminal;
  const changed = await changePasted(db, link.hostId, link.epoch, id, epoch, seq, session);
  // Nothing lay there any more, or the fence held it off.
  if (changed.length === 0) await fenceLink(db, link.hostId, link.epoch);
}

const changePasted = changeWithEvents<
  unknown,
  [hostId: string, linkEpoch: number, id: string, epoch: number, seq: number, session: string]
>((hostId, linkEpoch, id, epoch, seq, session) => ({
  ...changeOf('message.pasted', sql`${session}::text`),
  change: sql`fence as (
      select id from hosts where id = ${hostId} and link_epoch = ${linkEpoch}::int for share
    ),
    pane as (
      update terminals set pasted_seq = greatest(pasted_seq, ${seq}::bigint), reason = null from fence
      where terminals.id = ${id} and epoch = ${epoch}::int
      returning terminals.id
    ),
    changed as (
      update messages set state = 'pasted', pasted_at = now() from pane
      where terminal_id = pane.id and state = 'queued' and seq <= ${seq}::bigint
      returning ${MESSAGE_COLUMNS}
    )`,
  returning: sql.raw('message_id'),
}));

/** Of a terminal whose row is locked, and of this epoch. */
export interface Taken {
  readonly id: string;
  readonly session: string;
  readonly seq: number;
  /** What it is now; without it its status stays. */
  readonly now?: StatusNow | null;
}

export interface Acceptance {
  /** Whether this call moved it. */
  readonly moved: boolean;
  /** Whether other messages are not settled yet. */
  readonly more: boolean;
  /** Whether its status is news. */
  readonly changed: boolean;
}

/**
 * The CLIs took their prompts. Idempotent. A proof may come before the paste is committed: then what was queued before it is pasted
 * as well, and itself it is accepted at once.
 * @param taken one of each terminal. @returns in their order
 */
export async function commitAccepted(tx: Db, taken: readonly Taken[]): Promise<Acceptance[]> {
  const told = taken.map(({ id, session, seq, now }) => ({ id, session, seq, ...now }));
  const rows = await changeAccepted(tx, asRows(told));
  return taken.map(({ id }) => {
    const own = rows.filter((row) => row.terminal_id === id);
    const did = (step: EventKind) => own.some((row) => row.step === step);
    return {
      moved: did('message.accepted'),
      more: own.some(({ more }) => more),
      changed: did('terminal.status'),
    };
  });
}

const TAKEN = 'id text, session text, seq bigint, status text, source text, evidence text';

const changeAccepted = changeWithEvents<
  { terminal_id: string; step: EventKind; more: boolean },
  [taken: string]
>((taken) => ({
  ...changeOf(sql.raw('step'), sql.raw('session')),
  hostId: sql.raw('host_id'),
  data: sql.raw('data'),
  orderBy: sql.raw('terminal_id, seq'),
  change: sql`taken as (
      select taken.*, coalesce(terminals.status <> taken.status, false) as changes
      from ${rowsOf('taken', TAKEN, taken)} join terminals on terminals.id = taken.id
    ),
    upto as (
      select open.id, taken.id as terminal_id, open.state, open.seq, taken.seq as taken, taken.session,
        exists (
          select 1 from messages as other
          where other.terminal_id = taken.id and other.seq <> taken.seq and other.state in ('queued', 'pasted')
        ) as more
      from taken cross join ${eachOf(sql`messages.terminal_id = taken.id and messages.seq <= taken.seq and ${isUnsettled}`)} as open
    ),
    pane as (
      update terminals set pasted_seq = greatest(pasted_seq, taken.seq), reason = null,
        status = case when changes then taken.status else terminals.status end,
        status_source = case when changes then taken.source else status_source end,
        status_evidence = case when changes then taken.evidence else status_evidence end,
        status_at = case when changes then now() else status_at end
      from taken
      where terminals.id = taken.id
        and (changes or exists (select 1 from upto where upto.terminal_id = taken.id and upto.state = 'queued'))
      returning terminals.id, session_name, host_id, epoch, agent_profile, terminals.status, status_source, changes
    ),
    moved as (
      update messages set
        state = case when upto.seq = taken then 'accepted' else 'pasted' end,
        pasted_at = coalesce(pasted_at, now()),
        accepted_at = case when upto.seq = taken then now() end
      from upto
      where messages.id = upto.id and (upto.state = 'queued' or upto.seq = taken)
      returning ${MESSAGE_COLUMNS}, taken, session, more
    ),
    changed as (
      select terminal_id, session, seq, case when seq = taken then 'message.accepted' else 'message.pasted' end as step,
        null as host_id, task_id, ${MESSAGE_DATA} as data, more
      from moved
      union all
      select id, session_name, null, 'terminal.status', host_id, null, ${STATUS_DATA}, false from pane where changes
    )`,
  returning: sql.raw('terminal_id, step, more'),
}));

/**
 * What the CLI of the last epoch had, and did not answer, is for the CLI of the next one.
 */
export async function requeueUnanswered(
  tx: Db,
  terminal: { id: string; session: string },
): Promise<MessageRow[]> {
  const rows = await tx
    .update(messages)
    .set({ state: 'queued', pastedAt: null, acceptedAt: null })
    .where(
      and(
        eq(messages.terminalId, terminal.id),
        inArray(messages.state, ['pasted', 'accepted']),
        isNull(messages.endedAt),
      ),
    )
    .returning();
  for (const row of rows.sort((a, b) => a.seq - b.seq))
    await messageEvent(tx, 'message.queued', row, terminal.session, { redelivered: true });
  return rows;
}
