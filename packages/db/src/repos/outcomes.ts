import { type TaskState, takesInput } from '@cao/contracts';
import { and, asc, eq, isNull, lt, ne, or, sql } from '../drizzle.ts';
import type { Ledger } from '../ledger.ts';
import { messages, tasks, terminals } from '../schema/index.ts';
import { hasMail } from './deliveries.ts';
import { hasWrittenSince, tell } from './messages.ts';
import { hasRunningChildren, isRunning, runningTasksOf, type TaskRow, taskEvent } from './tasks.ts';
import { requestClose } from './terminals.ts';

/** A call's silence of this length means that nobody waits in it. A long poll lasts 25 s at most. Units: seconds. */
const WAIT_STALE_S = 30;

/** Gives a task its one outcome; later ones are ignored. @returns whether this was the one. */
export async function endTask(
  ledger: Ledger,
  id: string,
  outcome: { state: Exclude<TaskState, 'running'>; output?: string | null; reason?: string | null },
): Promise<boolean> {
  const [row] = await ledger.tx
    .update(tasks)
    .set({
      state: outcome.state,
      output: outcome.output ?? null,
      reason: outcome.reason ?? null,
      endedAt: sql`now()`,
    })
    .where(and(eq(tasks.id, id), eq(tasks.state, 'running')))
    .returning();
  if (!row) return false;
  await taskEvent(ledger.tx, 'task.ended', row, {
    state: row.state,
    worker_id: row.workerId,
    requester_id: row.requesterId,
  });
  // A handoff is over with its answer; an assigned worker stays for follow-up messages.
  if (row.kind === 'handoff' && row.state === 'completed')
    await requestClose(ledger, row.workerId, 'handoff completed');
  if (row.state === 'cancelled') await requestClose(ledger, row.workerId, 'task was cancelled');
  await reportOutcomes(ledger, row.requesterId, { turnEnded: false });
  return true;
}

export async function failTasksOfWorker(ledger: Ledger, workerId: string, reason: string): Promise<void> {
  for (const task of await runningTasksOf(ledger.tx, workerId))
    await endTask(ledger, task.id, { state: 'failed', reason });
}

/** Tasks past their deadline: their outcome is `timeout`, their worker stays alive. */
export async function endOverdueTasks(ledger: Ledger, only?: string): Promise<number> {
  const overdue = await ledger.tx
    .select({ id: tasks.id })
    .from(tasks)
    .where(and(isRunning, lt(tasks.deadlineAt, sql`now()`), only ? eq(tasks.id, only) : undefined));
  for (const { id } of overdue)
    await endTask(ledger, id, {
      state: 'timeout',
      reason: 'the worker was not done in time; it is still alive',
    });
  return overdue.length;
}

/**
 * A worker's turn ended. Its task is done when its prompt was taken, no child task of it runs, and no mail waits for
 * it: one Stop of a worker that waits for others completes nothing.
 */
export async function endTurnOfWorker(
  ledger: Ledger,
  workerId: string,
  turn: { answer: string | null; error: string | null },
): Promise<void> {
  const { tx } = ledger;
  for (const task of await runningTasksOf(tx, workerId)) {
    const [prompt] = await tx
      .select({ state: messages.state })
      .from(messages)
      .where(and(eq(messages.taskId, task.id), eq(messages.terminalId, workerId)))
      .orderBy(asc(messages.seq))
      .limit(1);
    if (prompt?.state !== 'accepted') continue;
    if (turn.error !== null) {
      await endTask(ledger, task.id, { state: 'failed', output: turn.answer, reason: turn.error });
      continue;
    }
    if ((await hasRunningChildren(tx, workerId)) || (await hasMail(tx, workerId))) continue;
    await endTask(ledger, task.id, { state: 'completed', output: turn.answer });
  }
}

/**
 * Outcomes that reached nobody go to the requester's inbox: once its turn has ended (then no call of it is open), or
 * while it is idle and no call has waited for the task lately. An assign whose worker wrote by itself needs none.
 */
export async function reportOutcomes(
  ledger: Ledger,
  requesterId: string | null,
  at: { turnEnded: boolean },
): Promise<void> {
  if (requesterId === null) return;
  const { tx } = ledger;
  const [requester] = await tx.select().from(terminals).where(eq(terminals.id, requesterId));
  if (!requester || requester.lifecycle === 'closed') return;
  if (!at.turnEnded && !takesInput(requester.status)) return;
  const silent = or(
    isNull(tasks.waitedAt),
    lt(tasks.waitedAt, sql`now() - make_interval(secs => ${WAIT_STALE_S})`),
  );
  const due = await tx
    .select()
    .from(tasks)
    .where(
      and(
        eq(tasks.requesterId, requesterId),
        ne(tasks.state, 'running'),
        isNull(tasks.reportedAt),
        at.turnEnded ? undefined : or(eq(tasks.kind, 'assign'), silent),
      ),
    )
    .orderBy(asc(tasks.endedAt))
    .for('update');
  for (const task of due) {
    const wroteItself =
      task.kind === 'assign' &&
      task.state === 'completed' &&
      (await hasWrittenSince(tx, task.workerId, requesterId, task.createdAt));
    if (!wroteItself) await tell(ledger, requesterId, outcomeText(task), task.id);
    await tx.update(tasks).set({ reportedAt: sql`now()` }).where(eq(tasks.id, task.id));
  }
}

function outcomeText(task: TaskRow): string {
  const what = `[CAO: ${task.kind} ${task.id} to ${task.agentProfile} (terminal ${task.workerId}) `;
  if (task.state === 'completed') return `${what}completed. Its answer:]\n\n${task.output ?? '(no text)'}`;
  return `${what}ended as ${task.state}: ${task.reason ?? 'no reason given'}]${task.output ? `\n\n${task.output}` : ''}`;
}
