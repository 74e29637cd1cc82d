import type { TerminalView, Workspace } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, asc, eq, sql } from '../drizzle.ts';
import { hosts, messages, terminals } from '../schema/index.ts';
import { isOpen } from './terminals.ts';

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
