import { z } from 'zod';
import { arg, defineCommand, jsonFlag } from '../command.ts';
import { hostState } from '../render/hosts.ts';
import { plainLine } from '../render/plain.ts';
import { table } from '../render/table.ts';

export const command = defineCommand({
  path: ['why'],
  summary: 'Say why a terminal, message, task or approval is where it is, and what to do',
  examples: ['cao why TERMINAL', 'cao why TERMINAL --json'],
  args: { id: arg('ID', z.string().min(1).max(64), 'terminal, message, task or approval') },
  options: { json: jsonFlag },
  async run({ id, json }, { io, client, signal }) {
    const why = await client.terminals.why({ params: { id }, signal });
    if (json) return io.json(why);
    io.out(io.paint('bold', `${why.kind} ${plainLine(why.id)}`));
    for (const line of why.lines) io.out(`  ${plainLine(line)}`);
    if (why.hosts.length > 0)
      io.out(
        table(
          io,
          ['HOST', 'STATE', 'WHY NOT'],
          why.hosts.map(({ host, reason }) => [plainLine(host.name), hostState(io, host), plainLine(reason)]),
        ),
      );
    io.out(`${io.paint('bold', 'next:')} ${plainLine(why.next)}`);
  },
});
