import { z } from 'zod';
import { taskKind, taskView } from '../entities.ts';
import { profileName, sessionName, taskId } from '../ids.ts';
import { line } from '../text.ts';
import { defineEndpoint } from './endpoint.ts';
import { directory, messageText, placementWish } from './sessions.ts';

const byId = z.object({ id: taskId });

/** A handoff's deadline as agents know it. Units: seconds. */
export const DEFAULT_TASK_TIMEOUT_S = 600;
export const MAX_TASK_TIMEOUT_S = 3600;
/** An assign has nobody waiting; it may take a day. Units: seconds. */
export const ASSIGN_TIMEOUT_S = 86_400;

export const tasks = {
  create: defineEndpoint({
    method: 'POST',
    path: '/tasks',
    scope: 'agent',
    summary:
      'Delegates work to a new worker. The same tool_use_id is the same task; without one, the same arguments attach to an ' +
      'earlier task whose outcome was never answered and whose call is not in `open`.',
    body: z.strictObject({
      kind: taskKind,
      agent_profile: profileName,
      message: messageText,
      timeout_s: z.number().int().min(1).max(MAX_TASK_TIMEOUT_S).optional(),
      working_directory: directory.optional(),
      provider: line(64).optional(),
      tool_use_id: line(200).optional(),
      open: z
        .array(taskId)
        .max(1000)
        .default([])
        .describe('tasks that calls of this terminal hold open right now'),
      same_host: z.boolean().optional(),
      ...placementWish,
    }),
    response: z.object({ task: taskView, attached: z.boolean() }),
    status: 201,
  }),
  get: defineEndpoint({
    method: 'GET',
    path: '/tasks/:id',
    scope: 'any',
    summary: 'One task.',
    params: byId,
    response: z.object({ task: taskView }),
  }),
  list: defineEndpoint({
    method: 'GET',
    path: '/tasks',
    scope: 'viewer',
    summary: 'Tasks of a session, oldest first.',
    query: z.object({ session: sessionName }),
    response: z.object({ tasks: z.array(taskView) }),
  }),
  wait: defineEndpoint({
    method: 'GET',
    path: '/tasks/:id/wait',
    scope: 'any',
    summary: 'Answers when the task has its outcome, or after timeout_ms with the state it has.',
    params: byId,
    waits: true,
    query: z.object({ timeout_ms: z.coerce.number().int().min(0).max(25_000).default(25_000) }),
    response: z.object({ task: taskView }),
  }),
  answered: defineEndpoint({
    method: 'POST',
    path: '/tasks/:id/answered',
    scope: 'agent',
    summary: 'Says that the outcome was written to the requester, so that it is not sent again as a message.',
    params: byId,
    response: z.object({ task: taskView }),
  }),
  cancel: defineEndpoint({
    method: 'POST',
    path: '/tasks/:id/cancel',
    scope: 'agent',
    summary: 'Ends a task as cancelled and closes its worker.',
    params: byId,
    response: z.object({ task: taskView }),
  }),
};
