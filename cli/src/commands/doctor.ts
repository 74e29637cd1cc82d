import { defineCommand, jsonFlag } from '../command.ts';
import { age } from '../render/age.ts';
import { plainLine } from '../render/plain.ts';

export const command = defineCommand({
  path: ['doctor'],
  summary: 'Find what is stuck, and say why and what to do',
  help: [
    'Looks at services, hosts, terminals, messages, tasks and approvals for whatever has not moved for longer than it takes',
    'when all is well. It changes nothing. For one thing of which you know the id: `cao why ID`.',
  ].join('\n'),
  examples: ['cao doctor', 'cao doctor --json'],
  args: {},
  options: { json: jsonFlag },
  async run({ json }, { io, client, signal }) {
    const { findings } = await client.system.doctor({ signal });
    if (json) return io.json({ findings });
    if (findings.length === 0) return io.out('Nothing is stuck.');
    for (const { kind, id, what, since, lines, next } of findings) {
      const waited = since === null ? '' : ` (for ${age(since)})`;
      io.out(io.paint('bold', `${kind} ${plainLine(id)}: ${plainLine(what)}${waited}`));
      for (const line of lines) io.out(`  ${plainLine(line)}`);
      io.out(`  ${io.paint('bold', 'next:')} ${plainLine(next)}`);
    }
  },
});
