import { hostRef } from '../../calls/host-mode.ts';
import { defineCommand, flag, jsonFlag } from '../../command.ts';
import { plainLine } from '../../render/plain.ts';

export const command = defineCommand({
  path: ['host', 'remove'],
  summary: 'Take a machine out of the cluster (admin)',
  help: [
    'Its identity is worth nothing afterwards; to come back it joins anew. One that still has terminals is refused: drain it',
    'first. --force ends them, and their tasks fail: for a machine that never comes back.',
  ].join('\n'),
  examples: ['cao host remove HOST', 'cao host remove HOST --force'],
  args: { ref: hostRef },
  options: { force: flag('also with open terminals: they end'), json: jsonFlag },
  async run({ ref, force, json }, { io, client, signal }) {
    const { host, ended } = await client.hosts.remove({
      params: { ref },
      query: { force: String(force) },
      signal,
    });
    if (json) return io.json({ host, ended });
    io.out(
      `${plainLine(host.name)} is no host any more${ended.length ? `; ${ended.length} terminals ended` : ''}`,
    );
  },
});
