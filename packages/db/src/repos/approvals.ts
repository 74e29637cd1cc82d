import {
  type ApprovalDecision,
  type ApprovalEnd,
  type ApprovalState,
  type ApprovalView,
  approvalInput,
  approvalMoves,
  approvalToolName,
  assertMove,
  decidedAs,
  type EventKind,
} from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, desc, eq, isNotNull, isNull, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { approvals, hosts, terminals } from '../schema/index.ts';
import { appendEvent } from './events.ts';
import type { TerminalRow } from './terminals.ts';

export type ApprovalRow = typeof approvals.$inferSelect;

/**
 * A host sees a permission prompt. Told again it changes nothing, unless only now it says of which tool; one that was open
 * there before is no more: a terminal asks one thing at a time.
 */
export async function openApproval(
  tx: Db,
  terminal: TerminalRow,
  asked: { approval: string; tool: string; input: unknown; cut: boolean },
): Promise<void> {
  const { input, cut } = approvalInput(asked.input);
  const about = {
    tool: approvalToolName(asked.tool),
    // The driver takes null for no value at all.
    input: input ?? {},
    inputCut: cut || asked.cut,
  };
  const known = await findApproval(tx, asked.approval);
  if (known) {
    if (known.tool !== '' || about.tool === '') return;
    const [row] = await tx
      .update(approvals)
      .set(about)
      .where(and(openOf(terminal), eq(approvals.id, known.id)))
      .returning();
    if (row) await approvalEvent(tx, 'approval.updated', row);
    return;
  }
  await closeApprovals(tx, terminal, 'replaced');
  const [row] = await tx
    .insert(approvals)
    .values({
      id: asked.approval,
      terminalId: terminal.id,
      epoch: terminal.epoch,
      sessionName: terminal.sessionName,
      hostId: terminal.hostId!,
      ...about,
    })
    .onConflictDoNothing()
    .returning();
  if (row) await approvalEvent(tx, 'approval.opened', row);
}

/**
 * Somebody decides. Of two who decide differently the first one counts; the same decision again changes nothing. The host
 * is rung in any case: it may not have heard of the first time. @returns the row as it is now.
 */
export async function decideApproval(
  ledger: Ledger,
  id: string,
  by: { decision: ApprovalDecision; who: string },
): Promise<ApprovalRow | null> {
  await ledger.tx
    .update(approvals)
    .set({ decision: by.decision, answeredBy: by.who })
    .where(and(eq(approvals.id, id), eq(approvals.state, 'open'), isNull(approvals.decision)));
  const row = await findApproval(ledger.tx, id);
  if (row?.state === 'open') ledger.ring({ bell: 'answer', hostId: row.hostId, id: row.terminalId });
  return row;
}

/** The prompt of this terminal whose decision its CLI has to be told. */
export async function decidedApproval(
  db: Db,
  terminal: { id: string; epoch: number },
): Promise<(ApprovalRow & { decision: ApprovalDecision }) | null> {
  const [row] = await db
    .select()
    .from(approvals)
    .where(and(openOf(terminal), isNotNull(approvals.decision)));
  return row?.decision ? { ...row, decision: row.decision } : null;
}

/** Its CLI was told. Idempotent. */
export async function commitAnswer(
  tx: Db,
  terminal: { id: string; epoch: number },
  id: string,
  decision: ApprovalDecision,
): Promise<void> {
  const state = decidedAs[decision];
  assertMove(approvalMoves, 'open', state);
  const [row] = await tx
    .update(approvals)
    .set({ state, decision, answeredAt: sql`now()` })
    .where(and(openOf(terminal), eq(approvals.id, id)))
    .returning();
  if (row) await approvalEvent(tx, 'approval.answered', row, { state, answered_by: row.answeredBy });
}

/** The CLI could not be told, and the prompt stands: somebody may decide again. */
export async function retractDecision(
  tx: Db,
  terminal: { id: string; epoch: number },
  id: string,
  reason: string,
): Promise<void> {
  const [row] = await tx
    .update(approvals)
    .set({ decision: null, answeredBy: null })
    .where(and(openOf(terminal), eq(approvals.id, id)))
    .returning();
  if (row) await approvalEvent(tx, 'approval.stuck', row, { reason });
}

/** The open prompt of a terminal, or only that of this id, went without an answer through CAO. Idempotent. */
export async function closeApprovals(
  tx: Db,
  terminal: { id: string; epoch: number },
  reason: ApprovalEnd,
  which: { id?: string } = {},
): Promise<void> {
  const rows = await tx
    .update(approvals)
    .set({ state: 'closed', reason, closedAt: sql`now()` })
    .where(and(openOf(terminal), which.id ? eq(approvals.id, which.id) : undefined))
    .returning();
  for (const row of rows) await approvalEvent(tx, 'approval.closed', row, { reason });
}

/** A look at a pane that is still under way may be older than a prompt that has just opened. Units: seconds. */
const SETTLED_AFTER_S = 30;

/** What is open by the rows and not by the pane: its end was never told. One that was decided is asked about first. */
export async function closeUnseenApproval(
  tx: Db,
  terminal: { id: string; epoch: number },
  seen: string | null,
): Promise<void> {
  const [row] = await tx
    .select({ id: approvals.id })
    .from(approvals)
    .where(
      and(
        openOf(terminal),
        isNull(approvals.decision),
        sql`${approvals.createdAt} < now() - make_interval(secs => ${SETTLED_AFTER_S})`,
      ),
    );
  if (row && row.id !== seen) await closeApprovals(tx, terminal, 'gone', { id: row.id });
}

/** The one that is open now. */
export async function openApprovalOf(
  db: Db,
  terminal: { id: string; epoch: number },
): Promise<ApprovalRow | null> {
  const [row] = await db.select().from(approvals).where(openOf(terminal));
  return row ?? null;
}

export async function findApproval(db: Db, id: string): Promise<ApprovalRow | null> {
  const [row] = await db.select().from(approvals).where(eq(approvals.id, id));
  return row ?? null;
}

/** Newest first. */
export async function approvalViews(
  db: Db,
  which: {
    id?: string;
    session?: string | undefined;
    terminal?: string | undefined;
    state?: ApprovalState | undefined;
    limit?: number;
  },
): Promise<ApprovalView[]> {
  const rows = await db
    .select({ row: approvals, profile: terminals.agentProfile, host: hosts.name })
    .from(approvals)
    .innerJoin(terminals, eq(terminals.id, approvals.terminalId))
    .innerJoin(hosts, eq(hosts.id, approvals.hostId))
    .where(
      and(
        which.id ? eq(approvals.id, which.id) : undefined,
        which.session ? eq(approvals.sessionName, which.session) : undefined,
        which.terminal ? eq(approvals.terminalId, which.terminal) : undefined,
        which.state ? eq(approvals.state, which.state) : undefined,
      ),
    )
    .orderBy(desc(approvals.createdAt), desc(approvals.id))
    .limit(which.limit ?? 1);
  return rows.map(({ row, profile, host }) => ({
    id: row.id,
    terminal_id: row.terminalId,
    epoch: row.epoch,
    session_name: row.sessionName,
    agent_profile: profile,
    host_id: row.hostId,
    host_name: host,
    tool: row.tool,
    input: row.input,
    input_cut: row.inputCut,
    state: row.state,
    decision: row.decision,
    answered_by: row.answeredBy,
    reason: row.reason,
    created_at: row.createdAt.toISOString(),
    answered_at: row.answeredAt?.toISOString() ?? null,
    closed_at: row.closedAt?.toISOString() ?? null,
  }));
}

const openOf = (terminal: { id: string; epoch: number }) =>
  and(
    eq(approvals.terminalId, terminal.id),
    eq(approvals.epoch, terminal.epoch),
    eq(approvals.state, 'open'),
  );

/** The tool's name is told, and never what it would be given. */
async function approvalEvent(
  tx: Db,
  kind: Extract<EventKind, `approval.${string}`>,
  row: ApprovalRow,
  data: Record<string, unknown> = {},
): Promise<void> {
  await appendEvent(tx, {
    kind,
    sessionName: row.sessionName,
    terminalId: row.terminalId,
    hostId: row.hostId,
    data: { approval_id: row.id, epoch: row.epoch, tool: row.tool, ...data },
  });
}
