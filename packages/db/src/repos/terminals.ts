import type { Failure, TerminalStatus, Usage } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, asc, eq, inArray, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { asRows, rowsOf } from '../rows-of.ts';
import { terminals } from '../schema/index.ts';
import { appendEvent, changeWithEvents } from './events.ts';

export type TerminalRow = typeof terminals.$inferSelect;
export type NewTerminal = Pick<
  typeof terminals.$inferInsert,
  | 'id'
  | 'sessionName'
  | 'agentProfile'
  | 'profileContent'
  | 'provider'
  | 'providers'
  | 'callerId'
  | 'allowedTools'
  | 'toolCeiling'
  | 'yolo'
  | 'wishCwd'
  | 'workspace'
  | 'wishHost'
  | 'wishLabels'
  | 'wishApart'
  | 'nativeSessionId'
  | 'resumes'
>;

export const isOpen = sql`${terminals.lifecycle} <> 'closed'`;

/** A terminal to start: a row `placing` and a bell for the scheduler. */
export async function insertTerminal(ledger: Ledger, terminal: NewTerminal): Promise<TerminalRow> {
  const [row] = await ledger.tx
    .insert(terminals)
    .values({ ...terminal, cwd: terminal.wishCwd ?? null })
    .returning();
  await terminalEvent(ledger.tx, 'terminal.placing', row!, {
    agent_profile: row!.agentProfile,
    caller_id: row!.callerId,
  });
  ledger.ring({ bell: 'place', hostId: null, id: row!.id });
  return row!;
}

export async function findTerminal(db: Db, id: string): Promise<TerminalRow | null> {
  const [row] = await db.select().from(terminals).where(eq(terminals.id, id));
  return row ?? null;
}

/** Locks the row: decisions about one terminal are taken one after the other. */
export async function lockTerminal(tx: Db, id: string): Promise<TerminalRow | null> {
  const [row] = await tx.select().from(terminals).where(eq(terminals.id, id)).for('update');
  return row ?? null;
}

export const openTerminalsOf = (db: Db, hostId: string): Promise<TerminalRow[]> =>
  db
    .select()
    .from(terminals)
    .where(and(eq(terminals.hostId, hostId), isOpen))
    .orderBy(asc(terminals.createdAt));

/** Why it waits, for `why`; an event only when the reason is new. */
export async function setWaitingReasons(tx: Db, ids: readonly string[], reason: string): Promise<void> {
  const changed = await tx
    .update(terminals)
    .set({ reason })
    .where(and(inArray(terminals.id, [...ids]), isOpen, sql`${terminals.reason} is distinct from ${reason}`))
    .returning();
  for (const row of changed) await terminalEvent(tx, 'terminal.waiting', row, { reason });
}

/** The CLI runs in its pane. @returns false when this epoch is no longer wanted. */
export async function markLive(
  ledger: Ledger,
  born: {
    id: string;
    epoch: number;
    tokenHash: string;
    cwd: string;
    onlyAsked?: readonly string[];
    /** What came along with it from another host, and what did not. */
    note?: string | undefined;
  },
): Promise<boolean> {
  const [row] = await ledger.tx
    .update(terminals)
    .set({
      lifecycle: 'live',
      tokenHash: born.tokenHash,
      cwd: born.cwd,
      reason: null,
      move: null,
      ...(born.onlyAsked ? { onlyAsked: [...born.onlyAsked] } : {}),
    })
    .where(
      and(
        eq(terminals.id, born.id),
        eq(terminals.epoch, born.epoch),
        inArray(terminals.lifecycle, ['placing', 'lost']),
      ),
    )
    .returning();
  if (!row) return false;
  await terminalEvent(ledger.tx, 'terminal.live', row, born.note ? { note: born.note } : {});
  if (row.hostId) ledger.ring({ bell: 'mail', hostId: row.hostId, id: row.id });
  return true;
}

export interface StatusNow {
  readonly status: TerminalStatus;
  readonly source: string;
  readonly evidence: string;
}

export interface StatusReport extends StatusNow {
  readonly id: string;
  readonly epoch: number;
}

/** What the event of a changed status says. */
export const STATUS_DATA = sql.raw(
  "jsonb_build_object('epoch', epoch, 'agent_profile', agent_profile, 'status', status, 'source', status_source)",
);

/** The event of each row of `changed`. */
const STATUS_EVENT = {
  kind: 'terminal.status',
  sessionName: sql`session_name`,
  terminalId: sql`id`,
  hostId: sql`host_id`,
  data: STATUS_DATA,
  orderBy: sql`id`,
  returning: sql`id`,
} as const;

const REPORT = 'id text, epoch int, status text, source text, evidence text';

/** @param reports one of each terminal. @returns those whose status is news under the present epoch. */
export async function setStatuses(tx: Db, reports: readonly StatusReport[]): Promise<Set<string>> {
  return new Set((await changeStatuses(tx, asRows(reports))).map(({ id }) => id));
}

const changeStatuses = changeWithEvents<{ id: string }, [reports: string]>((reports) => ({
  ...STATUS_EVENT,
  change: sql`report as (
      select * from ${rowsOf('report', REPORT, reports)}
    ),
    changed as (
      update terminals
      set status = report.status, status_source = report.source, status_evidence = report.evidence, status_at = now()
      from report
      where terminals.id = report.id and terminals.epoch = report.epoch and lifecycle <> 'closed' and terminals.status <> report.status
      returning terminals.id, session_name, host_id, terminals.epoch, agent_profile, terminals.status, status_source
    )`,
}));

/** A status that was looked up, and what the row said until then. */
export interface StatusFound extends StatusReport {
  readonly from: TerminalStatus;
}

/**
 * Brings many rows up to what was found: in one statement, as a host that comes back has most of its terminals elsewhere than its
 * rows have them. One that was told meanwhile is newer, and stays. A row that somebody else has locked is passed over: with several
 * locked at once nobody may be waited for.
 * @param foundBy `hello`: what was told since the hello of its host is newer.
 * @returns how many were changed.
 */
export async function catchUpStatuses(
  tx: Db,
  found: readonly StatusFound[],
  foundBy: 'hello' | 'report',
): Promise<number> {
  return (await changeFound(tx, asRows(found), foundBy)).length;
}

const changeFound = changeWithEvents<unknown, [found: string, foundBy: 'hello' | 'report']>(
  (found, foundBy) => ({
    ...STATUS_EVENT,
    change: sql`found as (
      select terminals.id, told.status, told.source, told.evidence
      from ${rowsOf('told', `${REPORT}, "from" text`, found)}
      join terminals on terminals.id = told.id and terminals.epoch = told.epoch and terminals.status = told."from"
      join hosts on hosts.id = terminals.host_id
      where lifecycle <> 'closed' and (${foundBy}::text = 'report' or terminals.status_at < hosts.connected_at)
      for no key update of terminals skip locked
    ), changed as (
      update terminals
      set status = found.status, status_source = found.source, status_evidence = found.evidence, status_at = now()
      from found where terminals.id = found.id
      returning terminals.id, session_name, host_id, epoch, agent_profile, terminals.status, status_source
    )`,
  }),
);

/** Trouble outside of a turn's end. @returns nothing; an event only when it is news. */
export async function setTrouble(tx: Db, row: TerminalRow, failure: Failure | null): Promise<void> {
  await tx.update(terminals).set({ failure }).where(eq(terminals.id, row.id));
  // The row may still have what was wrong with the turn before.
  if (row.failure?.kind !== failure?.kind || row.failure?.message !== failure?.message)
    await terminalEvent(tx, 'terminal.trouble', row, { failure: failure?.kind ?? null });
}

/** The CLI's own id of the conversation, by which it can be resumed. */
export async function setNativeSession(tx: Db, id: string, nativeId: string): Promise<void> {
  await tx.update(terminals).set({ nativeSessionId: nativeId }).where(eq(terminals.id, id));
}

export async function setUsage(tx: Db, row: TerminalRow, usage: Usage): Promise<void> {
  await tx.update(terminals).set({ usage }).where(eq(terminals.id, row.id));
  await terminalEvent(tx, 'terminal.usage', row, { ...usage });
}

/**
 * Asks for the end of a terminal; whoever can end it is rung: its host, or, while none has it, the scheduler.
 * Idempotent.
 */
export async function requestClose(ledger: Ledger, id: string, reason: string): Promise<void> {
  const [row] = await ledger.tx
    .update(terminals)
    .set({ closing: sql`coalesce(${terminals.closing}, ${reason})` })
    .where(and(eq(terminals.id, id), isOpen))
    .returning({ hostId: terminals.hostId });
  if (!row) return;
  ledger.ring(row.hostId ? { bell: 'close', hostId: row.hostId, id } : { bell: 'place', hostId: null, id });
}

export async function terminalEvent(
  tx: Db,
  kind:
    | 'terminal.placing'
    | 'terminal.placed'
    | 'terminal.waiting'
    | 'terminal.workspace'
    | 'terminal.live'
    | 'terminal.usage'
    | 'terminal.trouble'
    | 'terminal.closed',
  row: TerminalRow,
  data: Record<string, unknown> = {},
): Promise<void> {
  await appendEvent(tx, {
    kind,
    sessionName: row.sessionName,
    terminalId: row.id,
    hostId: row.hostId,
    data: { epoch: row.epoch, agent_profile: row.agentProfile, ...data },
  });
}
