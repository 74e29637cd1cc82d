import { taskId } from '@cao/contracts';
import { z } from 'zod';
import { defineTool } from '../define-tool.ts';
import { patiently } from '../patient.ts';
import { answerFor, awaitOutcome, notStarted } from './delegate.ts';

export const waitTask = defineTool({
  name: 'wait_task',
  title: 'Go on waiting for a task',
  description:
    'Waits for a task that handoff or assign started and returns its outcome, as handoff does. ' +
    'Use it after an answer with status "running". Do not use it in a loop for assigned work: end your turn, and the result wakes you.',
  input: z.object({ task_id: taskId.describe('The task_id of the earlier answer') }),
  async handle({ task_id: id }, call) {
    const startedAt = performance.now();
    const known = await patiently(() => call.client.tasks.get({ params: { id } }), call.answerNow);
    if (!known) return notStarted;
    call.open.hold(id);
    return answerFor(call, await awaitOutcome(call, known.task), startedAt);
  },
});
