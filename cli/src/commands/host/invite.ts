import { defineCommand, jsonFlag } from '../../command.ts';

export const command = defineCommand({
  path: ['host', 'invite'],
  summary: 'Make a one-time token with which one machine may join (admin)',
  help: 'Prints the line to run on that machine. The token works once, within 15 minutes.',
  examples: ['cao host invite', 'cao host invite --json'],
  args: {},
  options: { json: jsonFlag },
  async run({ json }, { io, client, server, signal }) {
    const { token, expires_at } = await client.hosts.createJoinToken({ signal });
    const { origin } = new URL(server.url);
    if (json) return io.json({ url: origin, token, expires_at });
    io.out(`cao host join ${origin} --token ${token}`);
    io.note('Run that on the new machine. It works once, within 15 minutes.');
  },
});
