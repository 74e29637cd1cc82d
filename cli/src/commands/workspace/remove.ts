import { hostName, terminalId } from '@cao/contracts';
import { arg, defineCommand, flag, jsonFlag, value } from '../../command.ts';
import { plainLine } from '../../render/plain.ts';
import { totalSize } from '../../render/workspaces.ts';

export const command = defineCommand({
  path: ['workspace', 'remove'],
  summary: 'Remove one worktree and its branch from its host',
  help: 'Refused while a terminal works in it, and when its work would be lost; --force loses it.',
  examples: ['cao workspace remove TERMINAL --dry-run', 'cao workspace remove TERMINAL --host HOST --force'],
  args: { id: arg('WORKSPACE', terminalId, 'the terminal that it was made for') },
  options: {
    host: value('HOST', hostName.optional(), 'where it is, if several hosts have one of this id'),
    force: flag('also with work that the remote does not have, which is then lost'),
    dryRun: flag('say what would happen, and remove nothing'),
    json: jsonFlag,
  },
  async run({ id, host, force, dryRun, json }, { io, client, signal }) {
    const query = {
      force: String(force),
      dry_run: String(dryRun),
      ...(host === undefined ? {} : { host }),
    };
    const { workspace } = await client.workspaces.remove({ params: { id }, query, signal });
    if (json) return io.json({ workspace });
    io.note(
      `${dryRun ? 'would remove' : 'removed'} ${plainLine(workspace.path)} on ${plainLine(workspace.host_name)}, ${totalSize([workspace])}`,
    );
  },
});
