import type { Db } from '../connect.ts';
import { and, asc, eq, inArray, isNull, sql } from '../drizzle.ts';
import { hosts, messages, terminals } from '../schema/index.ts';
import { changeWithEvents } from './events.ts';
import { fenceLink } from './host-links.ts';
import { changeOf, isUnsettled, MESSAGE_COLUMNS, messageEvent } from './message-events.ts';
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
export async function nextMail(db: Db, terminalId: string) {
  const open = db
    .select({ id: messages.id, seq: messages.seq, state: messages.state, text: messages.text })
    .from(messages)
    .where(and(eq(messages.terminalId, terminalId), isUnsettled))
    .orderBy(asc(messages.seq))
    .limit(1)
    .as('open');
  const { id, epoch, hostId, lifecycle, closing, pastedSeq, sessionName } = terminals;
  const [found] = await db
    .select({
      row: { id, epoch, hostId, lifecycle, closing, pastedSeq, sessionName },
      message: { id: open.id, seq: open.seq, state: open.state, text: open.text },
      /** No message goes to its host meanwhile. */
      paused: sql<boolean>`coalesce(${hosts.mode} = 'paused' and coalesce(${hosts.modeUntil} > now(), true), false)`,
    })
    .from(terminals)
    .leftJoin(open, sql`true`)
    .leftJoin(hosts, eq(hosts.id, terminals.hostId))
    .where(eq(terminals.id, terminalId));
  return found ?? null;
}

/** Whether messages wait for it, or lie in its pane without proof. */
export async function hasMail(db: Db, terminalId: string): Promise<boolean> {
  const rows = await db
    .select({ id: messages.id })
    .from(messages)
    .where(and(eq(messages.terminalId, terminalId), isUnsettled))
    .limit(1);
  return rows.length > 0;
}

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
  if (changed === null) await fenceLink(db, link.hostId, link.epoch);
}

export interface Acceptance {
  /** Whether this call moved it. */
  readonly moved: boolean;
  /** Whether other messages are not settled yet. */
  readonly more: boolean;
}

/**
 * The CLI took the prompt. Idempotent. The proof may come before the paste is committed: then every queued row up to it is pasted
 * as well.
 * @param terminal its row is locked, and of this epoch.
 */
export async function commitAccepted(
  tx: Db,
  terminal: { id: string; session: string },
  seq: number,
): Promise<Acceptance> {
  const first = await changeWithEvents<Acceptance>(
    tx,
    sql`open as (
      select id, state, seq from messages where terminal_id = ${terminal.id} and state in ('queued', 'pasted')
    ),
    pane as (
      update terminals set pasted_seq = greatest(pasted_seq, ${seq}::bigint), reason = null
      where id = ${terminal.id} and exists (select 1 from open where state = 'queued' and seq <= ${seq}::bigint)
    ),
    moved as (
      update messages set
        state = case when messages.seq = ${seq}::bigint then 'accepted' else 'pasted' end,
        pasted_at = coalesce(pasted_at, now()),
        accepted_at = case when messages.seq = ${seq}::bigint then now() end
      from open
      where messages.id = open.id and messages.seq <= ${seq}::bigint and (open.state = 'queued' or messages.seq = ${seq}::bigint)
      returning ${MESSAGE_COLUMNS}, open.state as was
    ),
    changed as (
      select moved.*, steps.step,
        exists (select 1 from moved where seq = ${seq}::bigint) as moved,
        exists (select 1 from open where seq <> ${seq}::bigint) as more
      from moved join (values (1, 'message.pasted'), (2, 'message.accepted')) as steps (nth, step)
        on case nth when 1 then was = 'queued' else seq = ${seq}::bigint end
    )`,
    {
      ...changeOf(sql.raw('step'), sql`${terminal.session}`),
      orderBy: sql.raw('seq, step desc'),
    },
  );
  return { moved: first?.moved ?? false, more: first?.more ?? false };
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
