import { terminalId } from '@cao/contracts';
import { z } from 'zod';
import { arg, defineCommand, jsonFlag, value } from '../../command.ts';
import { plain, plainScreen } from '../../render/plain.ts';

export const command = defineCommand({
  path: ['terminal', 'output'],
  summary: 'Print the last answer of a terminal, or what it shows',
  examples: ['cao terminal output TERMINAL', 'cao terminal output TERMINAL --mode screen'],
  args: { id: arg('ID', terminalId, 'terminal') },
  options: {
    mode: value(
      'MODE',
      z.enum(['last', 'screen', 'full'], 'must be last, screen or full').default('last'),
      'last: the last answer (default) · screen: what is visible · full: with the history',
    ),
    json: jsonFlag,
  },
  async run({ id, mode, json }, { io, client, signal }) {
    const answer = await client.terminals.output({ params: { id }, query: { mode }, signal });
    if (json) return io.json(answer);
    io.out(mode === 'last' ? plain(answer.output).trimEnd() : plainScreen(answer.output));
  },
});
