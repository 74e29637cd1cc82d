import { hostName } from '@cao/contracts';
import { z } from 'zod';
import { defineCommand, flag, jsonFlag, value } from '../../command.ts';
import { plainLine } from '../../render/plain.ts';
import { awayLine, totalSize, workspaceTable } from '../../render/workspaces.ts';

export const command = defineCommand({
  path: ['workspace', 'gc'],
  summary: 'Remove worktrees and mirrors that nobody has used for days',
  help: [
    'Hosts do this by themselves every hour. Never removed are worktrees that a terminal works in, and those with work that the',
    'remote does not have: these are listed with what to do. `cao workspace remove --force` is the only way to lose work.',
  ].join('\n'),
  examples: ['cao workspace gc --dry-run', 'cao workspace gc --host HOST --days 3'],
  args: {},
  options: {
    host: value('HOST', hostName.optional(), 'only on this host'),
    days: value(
      'DAYS',
      z.coerce.number('must be a number').min(0).max(3650).optional(),
      'unused for so long (default: as the host is set, 14)',
    ),
    dryRun: flag('say what would be removed, and remove nothing'),
    json: jsonFlag,
  },
  async run({ host, days, dryRun, json }, { io, client, signal }) {
    const body = {
      dry_run: dryRun,
      ...(host === undefined ? {} : { host }),
      ...(days === undefined ? {} : { days }),
    };
    const { hosts, away } = await client.workspaces.collect({ body, signal });
    if (json) return io.json({ hosts, away });
    if (away.length > 0) io.note(awayLine(away));
    const on = hosts.map((one) => {
      const named = <T extends object>(all: readonly T[]) =>
        all.map((view) => ({ ...view, host_name: one.host_name }));
      return { ...one, removed: named(one.removed), kept: named(one.kept) };
    });
    const removed = on.flatMap((one) => one.removed);
    const kept = on.flatMap((one) => one.kept);
    const mirrors = on.flatMap((one) => one.mirrors_removed.map((repo) => `${one.host_name}: ${repo}`));
    io.out(
      `${dryRun ? 'would remove' : 'removed'} ${removed.length} of ${removed.length + kept.length} worktrees, ${totalSize(removed)}`,
    );
    if (removed.length > 0) io.out(workspaceTable(io, removed));
    for (const mirror of mirrors)
      io.out(`${dryRun ? 'would remove' : 'removed'} the mirror ${plainLine(mirror)}`);
    if (kept.length === 0) return;
    io.out('');
    io.out(io.paint('bold', 'Kept:'));
    io.out(workspaceTable(io, kept, 'why'));
  },
});
