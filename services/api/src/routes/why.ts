import {
  api,
  approvalEnds,
  CaoError,
  decidedAs,
  diskTable,
  failureTable,
  type HostView,
  messageId,
  misfit,
  sayDisk,
  sayMode,
  taskId,
  terminalId,
  type Workspace,
} from '@cao/contracts';
import {
  type ApprovalRow,
  findApproval,
  findMessage,
  findTask,
  findTerminal,
  listHosts,
  type MessageRow,
  nextOpen,
  openApprovalOf,
  placementWishOf,
  type TaskRow,
  type TerminalRow,
} from '@cao/db';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { route } from './route.ts';

interface Why {
  kind: 'terminal' | 'message' | 'task' | 'approval';
  id: string;
  lines: string[];
  next: string;
  hosts: { host: HostView; reason: string }[];
}

/** Why something is where it is: read from the rows, said as a person would. */
export function whyRoutes(app: FastifyInstance, deps: Deps): void {
  route(app, deps, api.terminals.why, async ({ params: { id } }) => {
    const why = await whyOf(deps, id);
    if (!why) throw new CaoError('not_found', `there is no terminal, message, task or approval ${id}`);
    return why;
  });
}

/** @throws CaoError bad_request when this is no id of anything, by its form. */
export async function whyOf(deps: Deps, id: string): Promise<Why | null> {
  const { db } = deps.database;
  if (terminalId.safeParse(id).success) {
    const row = await findTerminal(db, id);
    return row && ofTerminal(deps, row);
  }
  if (taskId.safeParse(id).success) {
    const row = await findTask(db, id);
    return row && ofTask(deps, row);
  }
  if (!messageId.safeParse(id).success)
    throw new CaoError(
      'bad_request',
      `id: ${id} is the id of no terminal, message, task or approval by its form`,
      { field: 'id' },
    );
  const row = await findMessage(db, id);
  if (row) return ofMessage(deps, row);
  const approval = await findApproval(db, id);
  return approval && ofApproval(deps, approval);
}

const since = (at: Date) => `since ${at.toISOString()}`;

async function ofTerminal(deps: Deps, row: TerminalRow): Promise<Why> {
  const hosts = await listHosts(deps.database.db);
  const host = hosts.find((one) => one.id === row.hostId);
  const lines = [`It runs ${row.agentProfile} with ${row.provider}, in session ${row.sessionName}.`];
  const why: Why = { kind: 'terminal', id: row.id, lines, next: 'Nothing to do.', hosts: [] };
  if (row.workspace) lines.push(whereItWorks(row.workspace));
  if (row.lifecycle === 'closed') {
    lines.push(`It has ended: ${row.reason ?? 'no reason was recorded'}.`);
    why.next = `See what happened: cao session watch ${row.sessionName}`;
    if (row.workspace?.outcome) lines.push(`Its workspace: ${row.workspace.outcome.note}`);
    return why;
  }
  if (row.closing) lines.push(`Its end was asked for (${row.closing}) and waits for its host.`);
  if (!host) {
    lines.push(`It waits for a host ${since(row.createdAt)}${row.reason ? `: ${row.reason}` : ''}.`);
    const wish = await placementWishOf(deps.database.db, row);
    why.hosts = hosts.map((one) => ({
      host: one,
      reason: misfit(one, wish) ?? 'it fits; placement is about to try it',
    }));
    why.next = 'Join a host that fits (cao host join), or end it (cao shutdown).';
    return why;
  }
  if (row.lifecycle === 'placing' && row.reason) lines.push(`Its start on ${host.name}: ${row.reason}.`);
  if (host.state !== 'online') {
    lines.push(
      `Its host ${host.name} is ${host.state}: no link since ${host.lost_at}. Its agent may well be working on.`,
    );
    why.next = `Start the worker-agent on ${host.name}; everything goes on by itself.`;
  }
  if (host.health?.disk) {
    lines.push(
      `Of its host ${host.name}: ${sayDisk(host.health.disk)}. No message is handed to it meanwhile.`,
    );
    why.next = diskTable[host.health.disk.condition].next;
  }
  if (host.mode !== 'open') {
    lines.push(`Its host ${host.name} is ${sayMode(host)}.`);
    why.next = MODE_NEXT[host.mode].replace('HOST', host.name);
  }
  lines.push(
    `On ${host.name} it is ${row.lifecycle}, status ${row.status} ${since(row.statusAt)} (said by ${row.statusSource}${row.statusEvidence ? `: ${row.statusEvidence}` : ''}).`,
  );
  if (row.failure) {
    const { title, next } = failureTable[row.failure.kind];
    lines.push(`Trouble: ${row.provider} is ${title}: ${row.failure.message}`);
    why.next = next.replace(/\bID\b/g, row.id);
  }
  const open = await nextOpen(deps.database.db, row.id);
  if (open)
    lines.push(
      `The next message of its inbox is ${open.seq} from ${open.sender}, ${open.state}.${row.reason ? ` ${row.reason}.` : ''}`,
    );
  const asked = await openApprovalOf(deps.database.db, row);
  if (asked) lines.push(`It asks whether it may use ${nameOf(asked)}; messages wait meanwhile.`);
  if (asked) why.next = `See what it asks: cao approval show ${asked.id}`;
  else if (row.status === 'waiting_user_answer')
    why.next = `Answer its question: cao terminal attach ${row.id}`;
  return why;
}

const MODE_NEXT = {
  cordoned: 'Nothing to do: what runs there goes on.',
  draining: 'It leaves its host when its turn is over; stop that: cao host uncordon HOST',
  paused: 'No message is handed to it meanwhile. End the pause: cao host uncordon HOST',
} as const;

const whereItWorks = ({ repo, ref, from, branch, on_close }: Workspace): string =>
  `It works on branch ${branch} of ${repo}, which began at ${from ? `${from}, or else ` : ''}${ref ?? "the remote's HEAD"}; when it ends: ${on_close}.`;

const nameOf = (approval: ApprovalRow): string => approval.tool || 'what its screen shows';

async function ofApproval(deps: Deps, row: ApprovalRow): Promise<Why> {
  const terminal = row.state === 'open' ? await findTerminal(deps.database.db, row.terminalId) : null;
  const below = terminal ? await ofTerminal(deps, terminal) : null;
  const lines = [`Terminal ${row.terminalId} asked whether it may use ${nameOf(row)}.`];
  if (row.state === 'closed')
    lines.push(`It ended without an answer: ${approvalEnds[row.reason ?? 'gone']}.`);
  else if (row.decision === null) lines.push('Nobody has decided yet.');
  else lines.push(`It was ${decidedAs[row.decision]} by ${row.answeredBy ?? 'somebody'}.`);
  if (row.state === 'open' && row.decision !== null) lines.push('Its CLI has not been told yet.');
  return {
    kind: 'approval',
    id: row.id,
    lines: [...lines, ...(below?.lines ?? [])],
    next: below?.next ?? 'Nothing to do.',
    hosts: below?.hosts ?? [],
  };
}

async function ofTask(deps: Deps, row: TaskRow): Promise<Why> {
  const worker = await findTerminal(deps.database.db, row.workerId);
  const below = worker ? await ofTerminal(deps, worker) : null;
  const lines = [
    `A ${row.kind} of terminal ${row.requesterId ?? '(none)'} to ${row.agentProfile}, worker terminal ${row.workerId}.`,
  ];
  if (row.state === 'running')
    lines.push(`It runs, until ${row.deadlineAt.toISOString()} at the latest.`, ...(below?.lines ?? []));
  else
    lines.push(
      `It ended as ${row.state}${row.reason ? `: ${row.reason}` : ''}.`,
      row.reportedAt
        ? 'The requester has its outcome.'
        : 'The requester has not been told yet; it is told when its turn ends.',
    );
  return {
    kind: 'task',
    id: row.id,
    lines,
    next: below && row.state === 'running' ? below.next : 'Nothing to do.',
    hosts: row.state === 'running' ? (below?.hosts ?? []) : [],
  };
}

async function ofMessage(deps: Deps, row: MessageRow): Promise<Why> {
  const receiver = await findTerminal(deps.database.db, row.terminalId);
  const below = receiver ? await ofTerminal(deps, receiver) : null;
  const lines = [
    `Message ${row.seq} from ${row.sender} to terminal ${row.terminalId}: ${row.state}${row.reason ? ` (${row.reason})` : ''}.`,
  ];
  const waits = row.state === 'queued' || row.state === 'pasted';
  if (row.state === 'pasted') lines.push('Its text lies in the pane; the CLI has not confirmed it yet.');
  if (waits) lines.push(...(below?.lines ?? []));
  return {
    kind: 'message',
    id: row.id,
    lines,
    next: waits && below ? below.next : 'Nothing to do.',
    hosts: waits ? (below?.hosts ?? []) : [],
  };
}
