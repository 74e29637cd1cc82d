import { sessionName, terminalId } from '@cao/contracts';
import { z } from 'zod';
import { textOf, turnTimeout } from '../../calls/options.ts';
import { targetOf } from '../../calls/session.ts';
import { converse, sendMessage } from '../../calls/turn.ts';
import { arg, defineCommand, flag, jsonFlag, value } from '../../command.ts';

export const command = defineCommand({
  path: ['session', 'send'],
  summary: 'Send a message to a session and print the answer',
  help: [
    'A busy agent gets the message as soon as it takes input: nothing is refused and nothing is typed twice.',
    'Ctrl-C stops waiting, prints what the terminal shows and exits 130; the agent works on.',
  ].join('\n'),
  examples: [
    'cao session send NAME "What is left to do?"',
    'cao session send NAME "Go on with the tests" --async',
    'cao session send NAME - --timeout 900 --terminal TERMINAL',
  ],
  args: {
    name: arg('NAME', sessionName, 'session, with or without the prefix cao-'),
    message: arg('MESSAGE', z.string(), 'text, or - for stdin'),
  },
  options: {
    terminal: value('ID', terminalId.optional(), 'send to this terminal instead of the conductor'),
    async: flag('return as soon as the message is written down'),
    timeout: value('SECONDS', turnTimeout, 'how long to wait for the answer (default 300)'),
    json: jsonFlag,
  },
  async run({ name, message, terminal, async: detached, timeout, json }, context) {
    const { io } = context;
    const target = await targetOf(context, name, terminal);
    const sent = await sendMessage(context, target.id, await textOf(context, message));
    if (!detached) return converse(context, target.id, sent, { timeout, json });
    if (json) return io.json({ message: sent });
    io.out(sent.id);
    io.note(`queued for ${target.id}; follow it with \`cao session watch ${target.session_name}\``);
  },
});
