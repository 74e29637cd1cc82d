import type { Db } from '../connect.ts';
import { and, asc, eq, inArray, isNull, sql } from '../drizzle.ts';
import { rowsOf } from '../rows-of.ts';
import { hosts, messages, terminals } from '../schema/index.ts';
import { changeWithEvents } from './events.ts';
import { fenceLink } from './host-links.ts';
import { changeOf, isUnsettled, MESSAGE_COLUMNS, messageEvent, ofThese } from './message-events.ts';
import type { MessageRow } from './messages.ts';

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

/** What the delivery of a terminal's next open message goes by, in one look: most of them find that there is nothing to do. */
export async function nextMails(db: Db, terminalIds: readonly string[]) {
  const open = db
    .select({ id: messages.id, seq: messages.seq, state: messages.state, text: messages.text })
    .from(messages)
    .where(and(eq(messages.terminalId, terminals.id), isUnsettled))
    .orderBy(asc(messages.seq))
    .limit(1)
    .as('open');
  const { id, epoch, hostId, lifecycle, closing, pastedSeq, sessionName } = terminals;
  const wanted = [...new Set(terminalIds)].map((id) => ({ wanted: id }));
  const found = await db
    .select({
      row: { id, epoch, hostId, lifecycle, closing, pastedSeq, sessionName },
      message: { id: open.id, seq: open.seq, state: open.state, text: open.text },
      /** No message goes to its host meanwhile. */
      paused: sql<boolean>`coalesce(${hosts.mode} = 'paused' and coalesce(${hosts.modeUntil} > now(), true), false)`,
    })
    .from(terminals)
    .leftJoinLateral(open, sql`true`)
    .innerJoin(rowsOf('wanted', 'wanted text', wanted), sql`${terminals.id} = wanted`)
    .leftJoin(hosts, eq(hosts.id, terminals.hostId));
  return terminalIds.map((wanted) => found.find(({ row }) => row.id === wanted) ?? null);
}

/** Null: there is no such terminal. */
export type NextMail = Awaited<ReturnType<typeof nextMails>>[number];

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
  const changed = await changeWithEvents(
    db,
    sql`fence as (
      select id from hosts where id = ${link.hostId} and link_epoch = ${link.epoch}::int for share
    ),
    pane as (
      update terminals set pasted_seq = greatest(pasted_seq, ${seq}::bigint), reason = null from fence
      where terminals.id = ${terminal.id} and epoch = ${terminal.epoch}::int
      returning terminals.id
    ),
    changed as (
      update messages set state = 'pasted', pasted_at = now() from pane
      where terminal_id = pane.id and state = 'queued' and seq <= ${seq}::bigint
      returning ${MESSAGE_COLUMNS}
    )`,
    changeOf('message.pasted', sql`${terminal.session}`),
  );
  // Nothing lay there any more, or the fence held it off.
  if (changed.length === 0) await fenceLink(db, link.hostId, link.epoch);
}

/** Of a terminal whose row is locked, and of this epoch. */
export interface Taken {
  readonly id: string;
  readonly session: string;
  readonly seq: number;
}

export interface Acceptance {
  /** Whether this call moved it. */
  readonly moved: boolean;
  /** Whether other messages are not settled yet. */
  readonly more: boolean;
}

/**
 * The CLIs took their prompts. Idempotent. A proof may come before the paste is committed: then every queued row up to it is pasted
 * as well.
 * @param taken one of each terminal. @returns in their order
 */
export async function commitAccepted(tx: Db, taken: readonly Taken[]): Promise<Acceptance[]> {
  const changed = await changeWithEvents<{ terminal_id: string; step: string; more: boolean }>(
    tx,
    sql`taken as (
      select * from ${rowsOf('taken', 'id text, session text, seq bigint', taken)}
    ),
    open as (
      select messages.id, messages.terminal_id, messages.state, messages.seq, taken.seq as taken, taken.session
      from taken join messages on messages.terminal_id = taken.id
      where ${ofThese('taken')} and messages.state in ('queued', 'pasted')
    ),
    pane as (
      update terminals set pasted_seq = greatest(pasted_seq, taken.seq), reason = null
      from taken
      where terminals.id = taken.id
        and exists (select 1 from open where open.terminal_id = taken.id and state = 'queued' and open.seq <= taken.seq)
    ),
    moved as (
      update messages set
        state = case when open.seq = taken then 'accepted' else 'pasted' end,
        pasted_at = coalesce(pasted_at, now()),
        accepted_at = case when open.seq = taken then now() end
      from open
      where messages.id = open.id and open.seq <= taken and (open.state = 'queued' or open.seq = taken)
      returning ${MESSAGE_COLUMNS}, open.state as was, taken, session
    ),
    changed as (
      select moved.*, step,
        exists (select 1 from open where open.terminal_id = moved.terminal_id and open.seq <> moved.taken) as more
      from moved join (values (1, 'message.pasted'), (2, 'message.accepted')) as steps (nth, step)
        on case nth when 1 then was = 'queued' else seq = taken end
    )`,
    {
      ...changeOf(sql.raw('step'), sql.raw('session')),
      orderBy: sql.raw('terminal_id, seq, step desc'),
    },
  );
  return taken.map(({ id }) => {
    const own = changed.filter((row) => row.terminal_id === id);
    return { moved: own.some(({ step }) => step === 'message.accepted'), more: own[0]?.more ?? false };
  });
}

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
