import { hostName } from '@cao/contracts';
import { defineCommand, jsonFlag, value } from '../../command.ts';
import { awayLine, workspaceTable } from '../../render/workspaces.ts';

export const command = defineCommand({
  path: ['workspace', 'list'],
  summary: 'List the worktrees of agents: where, how large, and what in them only that host has',
  help: 'ONLY HERE is work that its remote does not have: commits that were not pushed, files that were not committed.',
  examples: ['cao workspace list', 'cao workspace list --host HOST --json'],
  args: {},
  options: { host: value('HOST', hostName.optional(), 'only those on this host'), json: jsonFlag },
  async run({ host, json }, { io, client, signal }) {
    const query = host === undefined ? {} : { host };
    const { workspaces, away } = await client.workspaces.list({ query, signal });
    if (json) return io.json({ workspaces, away });
    if (away.length > 0) io.note(awayLine(away));
    if (workspaces.length === 0)
      return io.note('No workspaces. Start an agent in one with `cao launch --repo URL`.');
    io.out(workspaceTable(io, workspaces));
  },
});
