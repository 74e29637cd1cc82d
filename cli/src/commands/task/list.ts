import { sessionName } from '@cao/contracts';
import { arg, defineCommand, jsonFlag } from '../../command.ts';
import { age } from '../../render/age.ts';
import { plainLine } from '../../render/plain.ts';
import { table } from '../../render/table.ts';

export const command = defineCommand({
  path: ['task', 'list'],
  summary: 'List the tasks of a session: who asked whom, and what became of each',
  examples: ['cao task list NAME', 'cao task list NAME --json'],
  args: { name: arg('NAME', sessionName, 'session, with or without the prefix cao-') },
  options: { json: jsonFlag },
  async run({ name, json }, { io, client, signal }) {
    const { tasks } = await client.tasks.list({ query: { session: name }, signal });
    if (json) return io.json({ tasks });
    if (tasks.length === 0) return io.note('No tasks. They begin when an agent calls handoff or assign.');
    const rows = tasks.map((task) => [
      task.id,
      task.kind,
      task.requester_id ?? '–',
      task.worker_id,
      plainLine(task.agent_profile),
      task.state,
      age(task.ended_at ?? task.created_at),
      plainLine(task.reason ?? ''),
    ]);
    io.out(table(io, ['TASK', 'KIND', 'REQUESTER', 'WORKER', 'PROFILE', 'STATE', 'SINCE', 'REASON'], rows));
  },
});
