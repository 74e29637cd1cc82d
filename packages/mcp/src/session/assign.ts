import { z } from 'zod';
import { defineTool } from '../define-tool.ts';
import { patiently } from '../patient.ts';
import { createTask, delegation, notStarted } from './delegate.ts';

export const assign = defineTool({
  name: 'assign',
  title: 'Give work to a worker and go on',
  description:
    'Starts a worker agent with this profile, on any host that fits, sends it the message, and returns at once with its terminal id. ' +
    'The worker reports back with send_message; its message arrives as your next prompt. ' +
    'Use it for parts that can run side by side, then end your turn. When you need the answer before you can go on, use handoff instead.',
  input: z.object(delegation),
  async handle(wish, call) {
    const task = await createTask(call, { ...wish, kind: 'assign' });
    if (!task) return notStarted;
    call.afterAnswer(async () => {
      await patiently(
        () => call.client.tasks.answered({ params: { id: task.id } }),
        new AbortController().signal,
      );
    });
    return {
      success: true,
      terminal_id: task.worker_id,
      task_id: task.id,
      message: `Task assigned to ${task.agent_profile} (terminal: ${task.worker_id})`,
    };
  },
});
