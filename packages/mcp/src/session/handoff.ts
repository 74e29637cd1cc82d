import { DEFAULT_TASK_TIMEOUT_S, MAX_TASK_TIMEOUT_S } from '@cao/contracts';
import { z } from 'zod';
import { defineTool } from '../define-tool.ts';
import { answerFor, awaitOutcome, createTask, delegation, notStarted } from './delegate.ts';

export const handoff = defineTool({
  name: 'handoff',
  title: 'Hand work to a worker and wait for its answer',
  description:
    'Starts a worker agent with this profile, on any host that fits, sends it the message, waits, and returns its final answer. ' +
    'Use it when you need the answer before you can go on. For parts that can run side by side use assign instead. ' +
    'If it answers status "running", call wait_task; never call handoff again with other words for the same work.',
  input: z.object({
    ...delegation,
    timeout: z
      .number()
      .int()
      .min(1)
      .max(MAX_TASK_TIMEOUT_S)
      .default(DEFAULT_TASK_TIMEOUT_S)
      .describe('Seconds the worker has; after that the outcome is "timeout" and the worker stays alive'),
  }),
  async handle({ timeout, ...wish }, call) {
    const startedAt = performance.now();
    const task = await createTask(call, { ...wish, kind: 'handoff', timeout_s: timeout });
    if (!task) return notStarted;
    return answerFor(call, await awaitOutcome(call, task), startedAt);
  },
});
