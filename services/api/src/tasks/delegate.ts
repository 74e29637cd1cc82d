import { createHash } from 'node:crypto';
import { CaoError } from '@cao/contracts';
import {
  enqueue,
  findAbandonedTwin,
  findTaskByToolUse,
  insertTask,
  isDuplicate,
  lockTerminal,
  type TaskRow,
} from '@cao/db';
import { newTaskId } from '@cao/runtime';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { launchTerminal } from '../launch.ts';
import { withAssigner } from '../messages/suffix.ts';

export interface Delegation {
  readonly kind: 'handoff' | 'assign';
  readonly agent_profile: string;
  readonly message: string;
  readonly working_directory?: string | undefined;
  readonly provider?: string | undefined;
  readonly host?: string | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly apart?: boolean | undefined;
  readonly same_host?: boolean | undefined;
  readonly tool_use_id?: string | undefined;
  readonly open: readonly string[];
  readonly timeoutSeconds: number;
}

/**
 * One call of handoff or assign: worker, prompt and task in one transaction. A retry never starts a second worker:
 * the same tool-use id is the same task; else the same arguments attach to a task whose answer was never
 * written and whose call is not open any more. Two deliberate twins are two.
 */
export async function delegate(
  deps: Deps,
  requesterId: string,
  wish: Delegation,
): Promise<{ task: TaskRow; attached: boolean }> {
  const argsHash = hashOfArgs(wish);
  try {
    return await commit(deps, async (ledger) => {
      const { tx } = ledger;
      // The requester's row lock: two calls of one terminal are decided one after the other.
      const requester = await lockTerminal(tx, requesterId);
      if (!requester || requester.lifecycle === 'closed' || requester.closing)
        throw new CaoError('gone', `terminal ${requesterId} is ending; it can start no worker`);
      const same = wish.tool_use_id ? await findTaskByToolUse(tx, requesterId, wish.tool_use_id) : null;
      // A model that tries again does so under a new tool-use id: its arguments tell.
      const twin = same ?? (await findAbandonedTwin(tx, requesterId, argsHash, [...wish.open]));
      if (twin) return { task: twin, attached: true };
      const worker = await launchTerminal(ledger, {
        sessionName: requester.sessionName,
        agentProfile: wish.agent_profile,
        provider: wish.provider,
        workingDirectory: wish.working_directory,
        host: wish.same_host ? (requester.hostId ?? undefined) : wish.host,
        labels: wish.labels,
        apart: wish.apart,
        parent: requester,
      });
      const task = await insertTask(tx, {
        id: newTaskId(),
        kind: wish.kind,
        sessionName: requester.sessionName,
        requesterId,
        workerId: worker.id,
        agentProfile: worker.agentProfile,
        toolUseId: wish.tool_use_id ?? null,
        argsHash,
        timeoutSeconds: wish.timeoutSeconds,
      });
      const text = wish.kind === 'assign' ? withAssigner(wish.message, requesterId) : wish.message;
      await enqueue(ledger, {
        terminalId: worker.id,
        kind: wish.kind,
        sender: requesterId,
        text,
        taskId: task.id,
      });
      return { task, attached: false };
    });
  } catch (error) {
    const won =
      wish.tool_use_id && isDuplicate(error)
        ? await findTaskByToolUse(deps.database.db, requesterId, wish.tool_use_id)
        : null;
    if (!won) throw error;
    return { task: won, attached: true };
  }
}

/** What makes two calls the same: everything the model chose, nothing that differs between two tries. */
function hashOfArgs({ tool_use_id: _id, open: _open, ...chosen }: Delegation): string {
  const sorted = Object.entries(chosen).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}
