import { defineCommand, jsonFlag } from '../../command.ts';
import { hostTable } from '../../render/hosts.ts';

export const command = defineCommand({
  path: ['host', 'list'],
  summary: 'List the machines that run agents',
  examples: ['cao host list', 'cao host list --json'],
  args: {},
  options: { json: jsonFlag },
  async run({ json }, { io, client, signal }) {
    const { hosts } = await client.hosts.list({ signal });
    if (json) return io.json({ hosts });
    if (hosts.length === 0)
      return io.note('No hosts. Add this machine with `cao host join URL --token TOKEN`.');
    io.out(hostTable(io, hosts));
  },
});
