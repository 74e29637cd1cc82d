import { terminalId } from '@cao/contracts';
import { z } from 'zod';
import { textOf, turnTimeout } from '../../calls/options.ts';
import { converse, sendMessage } from '../../calls/turn.ts';
import { arg, defineCommand, flag, jsonFlag, value } from '../../command.ts';

export const command = defineCommand({
  path: ['terminal', 'send'],
  summary: 'Send a message to one terminal and print the answer',
  help: 'As `cao session send`, to a terminal by its id. Text goes to its inbox; for single keys: `cao terminal keys`.',
  examples: [
    'cao terminal send TERMINAL "Run the tests again"',
    'cao terminal send TERMINAL "Thank you" --async --json',
  ],
  args: {
    id: arg('ID', terminalId, 'terminal'),
    message: arg('MESSAGE', z.string(), 'text, or - for stdin'),
  },
  options: {
    async: flag('return as soon as the message is written down'),
    timeout: value('SECONDS', turnTimeout, 'how long to wait for the answer (default 300)'),
    json: jsonFlag,
  },
  async run({ id, message, async: detached, timeout, json }, context) {
    const { io } = context;
    const sent = await sendMessage(context, id, await textOf(context, message));
    if (!detached) return converse(context, id, sent, { timeout, json });
    if (json) return io.json({ message: sent });
    io.out(sent.id);
    io.note(`queued for ${id}; see \`cao why ${sent.id}\``);
  },
});
