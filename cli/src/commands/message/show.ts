import { messageId } from '@cao/contracts';
import { arg, defineCommand, jsonFlag } from '../../command.ts';
import { factLines } from '../../render/facts.ts';
import { plain } from '../../render/plain.ts';

export const command = defineCommand({
  path: ['message', 'show'],
  summary: 'Show one message: who sent it, what became of it and when, and its text',
  help: 'A message is queued, then pasted into the pane, then accepted by the CLI; or dead, with the reason.',
  examples: ['cao message show MESSAGE', 'cao message show MESSAGE --json'],
  args: { id: arg('MESSAGE', messageId, 'id of the message') },
  options: { json: jsonFlag },
  async run({ id, json }, { io, client, signal }) {
    const { message } = await client.terminals.message({ params: { id }, signal });
    if (json) return io.json({ message });
    io.out(io.paint('bold', `message ${message.id}`));
    const facts = [
      ['to', `terminal ${message.terminal_id}, number ${message.seq} of its inbox`],
      ['from', message.sender],
      ['kind', message.kind],
      ['task', message.task_id],
      ['state', message.reason === null ? message.state : `${message.state}: ${message.reason}`],
      ['queued', message.created_at],
      ['pasted', message.pasted_at],
      ['accepted', message.accepted_at],
      ['turn ended', message.ended_at],
    ] as const;
    for (const line of factLines(io, facts)) io.out(line);
    io.out('');
    io.out(plain(message.text));
    if (message.sanitised) io.note('Control characters in it were replaced by their pictures.');
  },
});
