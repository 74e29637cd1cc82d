import type { TaskView } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, asc, eq, isNotNull, isNull, ne, notInArray, sql } from '../drizzle.ts';
import { tasks } from '../schema/index.ts';
import { appendEvent } from './events.ts';

export type TaskRow = typeof tasks.$inferSelect;
export type NewTask = Pick<
  typeof tasks.$inferInsert,
  'id' | 'kind' | 'sessionName' | 'requesterId' | 'workerId' | 'agentProfile' | 'toolUseId' | 'argsHash'
> & { readonly timeoutSeconds: number };

export async function insertTask(tx: Db, { timeoutSeconds, ...task }: NewTask): Promise<TaskRow> {
  const [row] = await tx
    .insert(tasks)
    .values({ ...task, deadlineAt: sql`now() + make_interval(secs => ${timeoutSeconds})` })
    .returning();
  await taskEvent(tx, 'task.created', row!, {
    kind: row!.kind,
    worker_id: row!.workerId,
    requester_id: row!.requesterId,
  });
  return row!;
}

export async function findTask(db: Db, id: string): Promise<TaskRow | null> {
  const [row] = await db.select().from(tasks).where(eq(tasks.id, id));
  return row ?? null;
}

export async function findTaskByToolUse(
  db: Db,
  requesterId: string,
  toolUseId: string,
): Promise<TaskRow | null> {
  const [row] = await db
    .select()
    .from(tasks)
    .where(and(eq(tasks.requesterId, requesterId), eq(tasks.toolUseId, toolUseId)));
  return row ?? null;
}

/**
 * A task with the same arguments whose call ended without its answer being written: a retry attaches to it.
 * @param open tasks that calls of this requester hold open at this moment: their twins are deliberate.
 */
export async function findAbandonedTwin(
  db: Db,
  requesterId: string,
  argsHash: string,
  open: string[],
): Promise<TaskRow | null> {
  const [row] = await db
    .select()
    .from(tasks)
    .where(
      and(
        eq(tasks.requesterId, requesterId),
        eq(tasks.argsHash, argsHash),
        isNull(tasks.answeredAt),
        open.length ? notInArray(tasks.id, open) : undefined,
      ),
    )
    .orderBy(asc(tasks.createdAt))
    .limit(1);
  return row ?? null;
}

/** @param session all tasks of it, oldest first. */
export const tasksOfSession = (db: Db, session: string): Promise<TaskRow[]> =>
  db.select().from(tasks).where(eq(tasks.sessionName, session)).orderBy(asc(tasks.createdAt));

/** Somebody waits in a call at this moment: the outcome will go out through it. */
export async function noteWaiting(db: Db, id: string): Promise<void> {
  await db.update(tasks).set({ waitedAt: sql`now()` }).where(eq(tasks.id, id));
}

/** Written out, so that a prepared plan knows the index of these few. */
export const isRunning = sql`${tasks.state} = 'running'`;

export const runningTasksOf = (db: Db, workerId: string): Promise<TaskRow[]> =>
  db
    .select()
    .from(tasks)
    .where(and(eq(tasks.workerId, workerId), isRunning));

/** A task that runs is not reported: the index of those is enough. */
export async function hasRunningChildren(db: Db, requesterId: string): Promise<boolean> {
  const rows = await db
    .select({ id: tasks.id })
    .from(tasks)
    .where(and(eq(tasks.requesterId, requesterId), isRunning, isNull(tasks.reportedAt)))
    .limit(1);
  return rows.length > 0;
}

/** The answer of the call was written. For a task that has ended this is the report of its outcome. Idempotent. */
export async function markAnswered(tx: Db, id: string): Promise<TaskRow | null> {
  const [row] = await tx
    .update(tasks)
    .set({
      answeredAt: sql`coalesce(${tasks.answeredAt}, now())`,
      reportedAt: sql`case when ${tasks.state} = 'running' then ${tasks.reportedAt} else coalesce(${tasks.reportedAt}, now()) end`,
    })
    .where(eq(tasks.id, id))
    .returning();
  if (row) await taskEvent(tx, 'task.answered', row);
  return row ?? null;
}

/** Requesters who have an outcome coming that no event will push: the sweep asks `reportOutcomes` for each. */
export async function requestersWithUnreported(db: Db): Promise<string[]> {
  const rows = await db
    .selectDistinct({ id: tasks.requesterId })
    .from(tasks)
    .where(and(ne(tasks.state, 'running'), isNull(tasks.reportedAt), isNotNull(tasks.requesterId)));
  return rows.flatMap((row) => row.id ?? []);
}

export async function taskEvent(
  tx: Db,
  kind: 'task.created' | 'task.ended' | 'task.answered',
  row: TaskRow,
  data: Record<string, unknown> = {},
) {
  await appendEvent(tx, {
    kind,
    sessionName: row.sessionName,
    terminalId: row.workerId,
    taskId: row.id,
    data: { agent_profile: row.agentProfile, ...data },
  });
}

export const toTaskView = (row: TaskRow): TaskView => ({
  id: row.id,
  kind: row.kind,
  session_name: row.sessionName,
  requester_id: row.requesterId,
  worker_id: row.workerId,
  agent_profile: row.agentProfile,
  state: row.state,
  output: row.output,
  reason: row.reason,
  deadline_at: row.deadlineAt.toISOString(),
  created_at: row.createdAt.toISOString(),
  ended_at: row.endedAt?.toISOString() ?? null,
  answered_at: row.answeredAt?.toISOString() ?? null,
});
