import type { Failure, PlacementWish, TerminalStatus, TerminalView, Usage, Workspace } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, asc, eq, inArray, isNull, or, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { approvals, hosts, messages, terminals } from '../schema/index.ts';
import { appendEvent } from './events.ts';

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

export async function findTerminalByToken(db: Db, tokenHash: string): Promise<TerminalRow | null> {
  const [row] = await db
    .select()
    .from(terminals)
    .where(and(eq(terminals.tokenHash, tokenHash), isOpen));
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

/** Open terminals of a host that have work to do: mail that is not settled, or a decision that their CLI has to be told. */
export async function terminalsWithWork(db: Db, hostId: string): Promise<Set<string>> {
  const mail = sql`exists (select 1 from ${messages} where ${messages.terminalId} = ${terminals.id} and ${messages.state} in ('queued', 'pasted'))`;
  const decision = sql`exists (select 1 from ${approvals} where ${approvals.terminalId} = ${terminals.id} and ${approvals.epoch} = ${terminals.epoch} and ${approvals.state} = 'open' and ${approvals.decision} is not null)`;
  const rows = await db
    .select({ id: terminals.id })
    .from(terminals)
    .innerJoin(hosts, eq(hosts.id, terminals.hostId))
    .where(and(eq(terminals.hostId, hostId), isOpen, or(mail, decision)));
  return new Set(rows.map(({ id }) => id));
}

/** Written out, so that a prepared plan knows the index of these few. */
const isPlacing = sql`${terminals.lifecycle} = 'placing'`;
const isUnplaced = and(isNull(terminals.hostId), isPlacing);

/** In a query on `terminals`: what placement has to know beside its columns. */
const placementColumns = {
  session: terminals.sessionName,
  wishApart: terminals.wishApart,
  // Written out: in a select from one table the query builder leaves column names bare, and they would be those of `o`.
  avoid: sql<string[]>`case when terminals.wish_apart then
    array(select distinct o.host_id from terminals o where o.session_name = terminals.session_name
      and o.id <> terminals.id and o.host_id is not null and o.lifecycle <> 'closed') else '{}' end`,
  repo: sql<string | null>`${terminals.workspace} ->> 'repo'`,
};

/** What one terminal wants of its host. */
export async function placementWishOf(db: Db, row: TerminalRow): Promise<PlacementWish> {
  const [more] = await db.select(placementColumns).from(terminals).where(eq(terminals.id, row.id));
  return { ...row, avoid: more?.avoid ?? [], repo: more?.repo ?? null };
}

/** Terminals without a host, oldest first, and what they want of one. */
export const unplacedTerminals = (db: Db) =>
  db
    .select({
      id: terminals.id,
      closing: terminals.closing,
      providers: terminals.providers,
      wishHost: terminals.wishHost,
      wishLabels: terminals.wishLabels,
      ...placementColumns,
    })
    .from(terminals)
    .where(isUnplaced)
    .orderBy(asc(terminals.createdAt), asc(terminals.id));

export const hasUnplaced = async (db: Db): Promise<boolean> =>
  (await db.select({ id: terminals.id }).from(terminals).where(isUnplaced).limit(1)).length > 0;

/** There may be room for those that wait: one bell has all of them looked at. */
export async function ringUnplaced(ledger: Ledger): Promise<void> {
  const [first] = await ledger.tx
    .select({ id: terminals.id })
    .from(terminals)
    .where(isUnplaced)
    .orderBy(asc(terminals.createdAt))
    .limit(1);
  if (first) ledger.ring({ bell: 'place', hostId: null, id: first.id });
}

export async function placeTerminal(
  ledger: Ledger,
  terminal: TerminalRow,
  { hostId, provider }: { hostId: string; provider: string },
): Promise<void> {
  await ledger.tx
    .update(terminals)
    .set({ hostId, provider, placedAt: sql`now()`, reason: null })
    .where(eq(terminals.id, terminal.id));
  await terminalEvent(ledger.tx, 'terminal.placed', { ...terminal, hostId }, { provider });
  ledger.ring({ bell: 'start', hostId, id: terminal.id });
}

/**
 * Takes starts that were not confirmed in time away from their hosts, under a new epoch: what the old host may still
 * start carries the old one, is refused at the commit, and ended when that host is reconciled.
 */
export async function retryStalledStarts(ledger: Ledger, afterSeconds: number): Promise<void> {
  const rows = await ledger.tx
    .update(terminals)
    .set({
      hostId: null,
      placedAt: null,
      epoch: sql`${terminals.epoch} + 1`,
      reason: 'its host did not start it in time',
    })
    .where(and(isPlacing, sql`${terminals.placedAt} < now() - make_interval(secs => ${afterSeconds})`))
    .returning();
  for (const row of rows) {
    await terminalEvent(ledger.tx, 'terminal.waiting', row, { reason: row.reason });
    ledger.ring({ bell: 'place', hostId: null, id: row.id });
  }
}

/** Its host cannot start it and another one may: as above, at once. It waits with this reason until it has a place. */
export async function placeElsewhere(ledger: Ledger, row: TerminalRow, reason: string): Promise<void> {
  const [moved] = await ledger.tx
    .update(terminals)
    .set({ hostId: null, placedAt: null, epoch: sql`${terminals.epoch} + 1`, reason })
    .where(and(eq(terminals.id, row.id), eq(terminals.epoch, row.epoch), eq(terminals.lifecycle, 'placing')))
    .returning();
  if (!moved) return;
  await terminalEvent(ledger.tx, 'terminal.waiting', moved, { reason });
  ledger.ring({ bell: 'place', hostId: null, id: row.id });
}

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
  born: { id: string; epoch: number; tokenHash: string; cwd: string; onlyAsked?: readonly string[] },
): Promise<boolean> {
  const [row] = await ledger.tx
    .update(terminals)
    .set({
      lifecycle: 'live',
      tokenHash: born.tokenHash,
      cwd: born.cwd,
      reason: null,
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
  await terminalEvent(ledger.tx, 'terminal.live', row);
  if (row.hostId) ledger.ring({ bell: 'mail', hostId: row.hostId, id: row.id });
  return true;
}

export interface StatusReport {
  readonly id: string;
  readonly epoch: number;
  readonly status: TerminalStatus;
  readonly source: string;
  readonly evidence: string;
}

/** @returns the row when the status is news under the present epoch. */
export async function setStatus(tx: Db, report: StatusReport): Promise<TerminalRow | null> {
  const [row] = await tx
    .update(terminals)
    .set({
      status: report.status,
      statusSource: report.source,
      statusEvidence: report.evidence,
      statusAt: sql`now()`,
    })
    .where(
      and(
        eq(terminals.id, report.id),
        eq(terminals.epoch, report.epoch),
        isOpen,
        sql`${terminals.status} <> ${report.status}`,
      ),
    )
    .returning();
  if (row) await terminalEvent(tx, 'terminal.status', row, { status: row.status, source: row.statusSource });
  return row ?? null;
}

/** How its last turn ended: its answer, if it gave one, and what went wrong, if anything did. */
export async function setTurnEnd(
  tx: Db,
  id: string,
  turn: { answer: string | null; failure: Failure | null; background: boolean },
): Promise<void> {
  const answer = turn.answer === null ? {} : { lastAnswer: turn.answer };
  await tx
    .update(terminals)
    .set({ ...answer, failure: turn.failure, turnEndedAt: turn.background ? null : sql`now()` })
    .where(eq(terminals.id, id));
}

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

const queuedCount = sql<number>`(select count(*)::int from ${messages} where ${messages.terminalId} = ${terminals.id} and ${messages.state} = 'queued')`;

/** Terminals as people see them, oldest first. */
export async function terminalViews(
  db: Db,
  which: { id?: string; session?: string | undefined; hostId?: string; all?: boolean },
): Promise<TerminalView[]> {
  const rows = await db
    .select({ row: terminals, hostName: hosts.name, queued: queuedCount })
    .from(terminals)
    .leftJoin(hosts, eq(hosts.id, terminals.hostId))
    .where(
      and(
        which.id ? eq(terminals.id, which.id) : undefined,
        which.session ? eq(terminals.sessionName, which.session) : undefined,
        which.hostId ? eq(terminals.hostId, which.hostId) : undefined,
        which.all || which.id ? undefined : isOpen,
      ),
    )
    .orderBy(asc(terminals.createdAt), asc(terminals.id));
  return rows.map(({ row, hostName, queued }) => ({
    id: row.id,
    session_name: row.sessionName,
    agent_profile: row.agentProfile,
    provider: row.provider,
    host_id: row.hostId,
    host_name: hostName,
    epoch: row.epoch,
    lifecycle: row.lifecycle,
    status: row.status,
    status_source: row.statusSource,
    status_at: row.statusAt.toISOString(),
    status_evidence: row.statusEvidence,
    caller_id: row.callerId,
    allowed_tools: row.allowedTools,
    only_asked: row.onlyAsked,
    working_directory: row.cwd,
    workspace: row.workspace && toWorkspaceView(row.workspace),
    labels: row.wishLabels,
    queued,
    reason: row.reason,
    last_answer: row.lastAnswer,
    failure: row.failure,
    usage: row.usage,
    created_at: row.createdAt.toISOString(),
    closed_at: row.closedAt?.toISOString() ?? null,
  }));
}

const toWorkspaceView = ({ repo, ref, branch, on_close, outcome }: Workspace) => ({
  repo,
  ref,
  branch,
  on_close,
  outcome,
});

export async function terminalEvent(
  tx: Db,
  kind:
    | 'terminal.placing'
    | 'terminal.placed'
    | 'terminal.waiting'
    | 'terminal.workspace'
    | 'terminal.live'
    | 'terminal.status'
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
