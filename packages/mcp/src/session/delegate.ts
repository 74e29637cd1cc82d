import {
  directory,
  messageText,
  placementWish,
  profileName,
  type TaskView,
  type taskKind,
} from '@cao/contracts';
import { z } from 'zod';
import type { ToolCall } from '../call.ts';
import { patiently } from '../patient.ts';

/** What handoff and assign share: the worker, its prompt and where it may run. */
export const delegation = {
  agent_profile: profileName.describe('Profile of the worker, for example developer or reviewer'),
  message: messageText.describe(
    'The complete brief. The worker sees nothing of your conversation. If you are on a branch cao/<session>/<terminal>, it ' +
      'begins at your last commit, on a branch of the same form with its own terminal id: commit first',
  ),
  working_directory: directory.optional().describe('Absolute path on the host where the worker is to start'),
  same_host: z.boolean().optional().describe('Start the worker on your own host, beside your files'),
  ...placementWish,
};

type Wish = z.output<z.ZodObject<typeof delegation>> & { kind: z.infer<typeof taskKind>; timeout_s?: number };

/**
 * Creates the task, or attaches to the one that an earlier, broken try of the same call created.
 * @returns null when the call has to end before the api answered.
 */
export async function createTask(call: ToolCall, wish: Wish): Promise<TaskView | null> {
  const created = await call.open.oneAtATime(async () => {
    const answer = await patiently(
      () =>
        call.client.tasks.create({
          body: {
            ...wish,
            ...(call.toolUseId ? { tool_use_id: call.toolUseId } : {}),
            open: call.open.ids(),
          },
        }),
      call.answerNow,
    );
    if (answer) call.open.hold(answer.task.id);
    return answer;
  });
  return created?.task ?? null;
}

/** Waits by long polls until the task has its outcome or the call must be answered. */
export async function awaitOutcome(call: ToolCall, task: TaskView): Promise<TaskView> {
  let latest = task;
  const stop = AbortSignal.any([call.answerNow, call.gone]);
  while (latest.state === 'running' && !stop.aborted) {
    const answer = await patiently(
      () => call.client.tasks.wait({ params: { id: task.id }, query: {}, signal: stop }),
      stop,
    );
    if (answer) latest = answer.task;
  }
  return latest;
}

/** The answer for a task, in the shape that agents know. Confirms it once it is written, so that it comes only once. */
export function answerFor(call: ToolCall, task: TaskView, startedAt: number): Record<string, unknown> {
  if (task.state === 'running') {
    return {
      success: true,
      status: 'running',
      task_id: task.id,
      terminal_id: task.worker_id,
      output: null,
      message: `The worker is still at it. Call wait_task with task_id "${task.id}" to go on waiting; do not start another worker. If you end your turn instead, the result comes to you as a message.`,
    };
  }
  // Whoever else waits for it must not keep the outcome from the agent that asked.
  if (task.requester_id === call.terminalId)
    call.afterAnswer(async () => {
      await patiently(() => call.client.tasks.answered({ params: { id: task.id } }), NEVER);
    });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(2);
  if (task.state === 'completed') {
    return {
      success: true,
      status: 'completed',
      task_id: task.id,
      terminal_id: task.worker_id,
      output: task.output ?? '',
      message: `Successfully handed off to ${task.agent_profile} in ${seconds}s`,
    };
  }
  return {
    success: false,
    status: task.state,
    task_id: task.id,
    terminal_id: task.worker_id,
    output: task.output,
    message: `The handoff to ${task.agent_profile} ended as ${task.state}: ${task.reason ?? 'no reason given'}`,
  };
}

const NEVER = new AbortController().signal;

/** The call had to end before the api could take it: nothing was started that a retry would double. */
export const notStarted = {
  success: false,
  error: 'CAO could not be reached in time. Try the same call again: it never starts a second worker.',
};
