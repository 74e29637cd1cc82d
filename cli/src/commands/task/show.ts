import { taskId } from '@cao/contracts';
import { arg, defineCommand, jsonFlag } from '../../command.ts';
import { factLines } from '../../render/facts.ts';
import { plain } from '../../render/plain.ts';

export const command = defineCommand({
  path: ['task', 'show'],
  summary: 'Show one task: who asked whom, what became of it and when, and its result',
  help: 'A task is what a `handoff` or an `assign` started; it has exactly one outcome.',
  examples: ['cao task show TASK', 'cao task show TASK --json'],
  args: { id: arg('TASK', taskId, 'id of the task') },
  options: { json: jsonFlag },
  async run({ id, json }, { io, client, signal }) {
    const { task } = await client.tasks.get({ params: { id }, signal });
    if (json) return io.json({ task });
    io.out(io.paint('bold', `${task.kind} ${task.id}`));
    const facts = [
      ['session', task.session_name],
      ['requester', task.requester_id],
      ['worker', `${task.worker_id} (${task.agent_profile})`],
      ['state', task.reason === null ? task.state : `${task.state}: ${task.reason}`],
      ['begun', task.created_at],
      ['deadline', task.deadline_at],
      ['ended', task.ended_at],
      ['handed back', task.answered_at],
    ] as const;
    for (const line of factLines(io, facts)) io.out(line);
    if (task.output === null) return;
    io.out('');
    io.out(plain(task.output));
  },
});
