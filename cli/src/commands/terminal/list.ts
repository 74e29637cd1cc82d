import { sessionName } from '@cao/contracts';
import { defineCommand, flag, jsonFlag, value } from '../../command.ts';
import { localAttachLines, terminalTable } from '../../render/terminals.ts';

export const command = defineCommand({
  path: ['terminal', 'list'],
  summary: 'List terminals: which agent runs where, and what it is doing',
  help: [
    'Below the table stands, per session and host, the line that attaches to it read-only on the host itself;',
    'from anywhere else use `cao terminal attach`.',
  ].join('\n'),
  examples: ['cao terminal list', 'cao terminal list --session NAME --all --json'],
  args: {},
  options: {
    session: value('NAME', sessionName.optional(), 'only those of this session'),
    all: flag('closed ones too'),
    json: jsonFlag,
  },
  async run({ session, all, json }, { io, client, signal }) {
    const query = { all: String(all), ...(session === undefined ? {} : { session }) };
    const { terminals } = await client.terminals.list({ query, signal });
    if (json) return io.json({ terminals });
    if (terminals.length === 0)
      return io.note('No terminals. Start one with `cao launch --agents code_supervisor`.');
    const { sessions } = await client.sessions.list({ query: { all: String(all) }, signal });
    const conductors = sessions.map((one) => one.conductor_id);
    io.out(terminalTable(io, terminals, { session: session === undefined, conductors }));
    const { hosts } = await client.hosts.list({ signal });
    for (const line of localAttachLines(terminals, hosts)) io.note(`read-only ${line}`);
  },
});
