import { ASSIGN_TIMEOUT_S, api, CaoError, DEFAULT_TASK_TIMEOUT_S } from '@cao/contracts';
import {
  endOverdueTasks,
  endTask,
  findTask,
  markAnswered,
  noteWaiting,
  type TaskRow,
  tasksOfSession,
  toTaskView,
} from '@cao/db';
import type { FastifyInstance } from 'fastify';
import type { Principal } from '../auth/principal.ts';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { delegate } from '../tasks/delegate.ts';
import { route } from './route.ts';
import { sessionRef } from './session-ref.ts';

export function taskRoutes(app: FastifyInstance, deps: Deps): void {
  const { db } = deps.database;

  /** An agent sees the tasks of its own session. @throws CaoError not_found */
  const mustFind = async (id: string, principal: Principal): Promise<TaskRow> => {
    const row = await findTask(db, id);
    const visible = row && (principal.kind !== 'agent' || row.sessionName === principal.sessionName);
    if (!visible) throw new CaoError('not_found', `there is no task ${id}`, { task_id: id });
    return row;
  };

  route(app, deps, api.tasks.create, async ({ body, principal }) => {
    if (principal.kind !== 'agent')
      throw new CaoError('forbidden', 'only an agent delegates; start work yourself with `cao launch`', {
        needs: 'agent',
      });
    const timeoutSeconds =
      body.kind === 'assign' ? ASSIGN_TIMEOUT_S : (body.timeout_s ?? DEFAULT_TASK_TIMEOUT_S);
    const { task, attached } = await delegate(deps, principal.terminalId, { ...body, timeoutSeconds });
    return { task: toTaskView(task), attached };
  });

  route(app, deps, api.tasks.get, async ({ params, principal }) => ({
    task: toTaskView(await mustFind(params.id, principal)),
  }));

  route(app, deps, api.tasks.list, async ({ query }) => ({
    tasks: (await tasksOfSession(db, sessionRef(query.session))).map(toTaskView),
  }));

  route(app, deps, api.tasks.wait, async ({ params, query, principal, signal }) => {
    const task = await mustFind(params.id, principal);
    if (principal.kind === 'agent' && principal.terminalId === task.requesterId)
      await noteWaiting(db, task.id);
    const untilDeadlineMs = Math.max(0, task.deadlineAt.getTime() - Date.now());
    await deps.bus.until({
      concerns: (event) => event.task_id === task.id,
      read: async () => ((await mustFind(task.id, principal)).state === 'running' ? undefined : true),
      timeoutMs: Math.min(query.timeout_ms, untilDeadlineMs),
      signal,
    });
    // The database's clock decides whether the deadline has passed; ours only woke us.
    await commit(deps, (ledger) => endOverdueTasks(ledger, task.id));
    return { task: toTaskView(await mustFind(task.id, principal)) };
  });

  route(app, deps, api.tasks.answered, async ({ params, principal }) => {
    mustHaveAsked(await mustFind(params.id, principal), principal);
    const row = await commit(deps, ({ tx }) => markAnswered(tx, params.id));
    return { task: toTaskView(row!) };
  });

  route(app, deps, api.tasks.cancel, async ({ params, principal }) => {
    const task = await mustFind(params.id, principal);
    mustHaveAsked(task, principal);
    await commit(deps, (ledger) =>
      endTask(ledger, task.id, { state: 'cancelled', reason: 'cancelled on request' }),
    );
    return { task: toTaskView(await mustFind(task.id, principal)) };
  });
}

/** Others of its session may look on; only the agent that asked for a task (or a person) decides about it. @throws CaoError forbidden */
function mustHaveAsked(task: TaskRow, principal: Principal): void {
  if (principal.kind !== 'agent' || principal.terminalId === task.requesterId) return;
  throw new CaoError('forbidden', `task ${task.id} was asked for by another terminal`, { task_id: task.id });
}
