import {
  type ApprovalDecision,
  type ApprovalView,
  api,
  approvalEnds,
  CaoError,
  decidedAs,
} from '@cao/contracts';
import { type ApprovalRow, approvalViews, decideApproval, findApproval, findHost } from '@cao/db';
import type { FastifyInstance } from 'fastify';
import type { Principal } from '../auth/principal.ts';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { route } from './route.ts';
import { sessionRef } from './session-ref.ts';

/** Above the deadline of the command that tells the host, so that its outcome is heard. Units: ms. */
const ANSWER_MS = 15_000;

export function approvalRoutes(app: FastifyInstance, deps: Deps): void {
  const { db } = deps.database;

  const view = async (id: string): Promise<ApprovalView> => {
    const [found] = await approvalViews(db, { id });
    if (!found) throw notFound(id);
    return found;
  };

  route(app, deps, api.approvals.list, async ({ query }) => ({
    approvals: await approvalViews(db, { ...query, session: sessionRef(query.session) }),
  }));
  route(app, deps, api.approvals.get, async ({ params }) => ({ approval: await view(params.id) }));

  route(app, deps, api.approvals.answer, async ({ params: { id }, body, principal, signal }) => {
    const { decision } = body;
    const before = await findApproval(db, id);
    if (!before) throw notFound(id);
    if (!isSettled(before, decision)) {
      await mustBeLinked(deps, before);
      const row = await commit(deps, (ledger) =>
        decideApproval(ledger, id, { decision, who: nameOf(principal) }),
      );
      if (row && !isSettled(row, decision)) await untilTold(deps, row, decision, signal);
    }
    return { approval: await view(id) };
  });
}

const notFound = (id: string) => new CaoError('not_found', `there is no approval ${id}`, { approval_id: id });

/**
 * @returns whether the row says that this decision was carried out.
 * @throws CaoError conflict when it was decided otherwise, or went without an answer.
 */
function isSettled(row: ApprovalRow, decision: ApprovalDecision): boolean {
  const details = { approval_id: row.id, state: row.state };
  if (row.state === 'closed')
    throw new CaoError(
      'conflict',
      `approval ${row.id} is not open any more: ${approvalEnds[row.reason ?? 'gone']}`,
      { ...details, reason: row.reason },
    );
  if (row.decision !== null && row.decision !== decision)
    throw new CaoError(
      'conflict',
      `approval ${row.id} was ${decidedAs[row.decision]} by ${row.answeredBy ?? 'somebody'} already`,
      { ...details, decision: row.decision },
    );
  return row.state !== 'open';
}

/** A decision that waits for a host would surprise: it is refused while nobody can tell the CLI. */
async function mustBeLinked(deps: Deps, row: ApprovalRow): Promise<void> {
  const host = await findHost(deps.database.db, row.hostId);
  if (host?.state !== 'online')
    throw new CaoError('host_offline', `the host of terminal ${row.terminalId} is not linked right now`, {
      host_id: row.hostId,
    });
}

/** @throws CaoError conflict (its CLI did not take it, or it went meanwhile), timeout. */
async function untilTold(
  deps: Deps,
  { id, terminalId }: ApprovalRow,
  decision: ApprovalDecision,
  signal: AbortSignal,
): Promise<void> {
  let refused = '';
  const settled = await deps.bus.until({
    concerns(event) {
      if (event.terminal_id !== terminalId || event.data.approval_id !== id) return false;
      if (event.kind === 'approval.stuck') refused = String(event.data.reason);
      return true;
    },
    async read() {
      const row = await findApproval(deps.database.db, id);
      if (row?.state === 'open' && row.decision === null)
        throw new CaoError('conflict', refused || 'its CLI did not take the answer; it is open again', {
          approval_id: id,
          state: row.state,
        });
      return row && isSettled(row, decision) ? true : undefined;
    },
    timeoutMs: ANSWER_MS,
    signal,
  });
  if (!settled)
    throw new CaoError('timeout', `the host of terminal ${terminalId} has not told its CLI yet`, {
      approval_id: id,
    });
}

const nameOf = (principal: Principal): string => (principal.kind === 'token' ? principal.name : 'somebody');
