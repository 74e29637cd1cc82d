import { defineCommand, flag, jsonFlag } from '../../command.ts';
import { age } from '../../render/age.ts';
import { plainLine } from '../../render/plain.ts';
import { table } from '../../render/table.ts';
import { stateOf } from '../../render/terminals.ts';

export const command = defineCommand({
  path: ['session', 'list'],
  summary: 'List sessions, newest first',
  examples: ['cao session list', 'cao session list --all --json'],
  args: {},
  options: { all: flag('closed ones too'), json: jsonFlag },
  async run({ all, json }, { io, client, signal }) {
    const { sessions } = await client.sessions.list({ query: { all: String(all) }, signal });
    if (json) return io.json({ sessions });
    if (sessions.length === 0)
      return io.note('No sessions. Start one with `cao launch --agents code_supervisor`.');
    const rows = sessions.map((session) => {
      const conductor = session.terminals.find((terminal) => terminal.id === session.conductor_id);
      return [
        session.name,
        session.state,
        conductor ? plainLine(conductor.agent_profile) : '–',
        conductor ? stateOf(io, conductor) : '–',
        String(session.terminals.length),
        age(session.created_at),
      ];
    });
    io.out(table(io, ['SESSION', 'STATE', 'CONDUCTOR', 'STATUS', 'TERMINALS', 'AGE'], rows));
  },
});
