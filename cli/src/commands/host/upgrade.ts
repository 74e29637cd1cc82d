import { hostRef } from '../../calls/host-mode.ts';
import { defineCommand, jsonFlag } from '../../command.ts';
import { sayUpgrade } from '../../render/hosts.ts';
import { plainLine } from '../../render/plain.ts';

export const command = defineCommand({
  path: ['host', 'upgrade'],
  summary: "Have a machine's worker-agent begin again as the version on its disk",
  help: [
    'Where CAO_UPGRADE_COMMAND is set for the worker-agent, that line of shell runs first, to install the new version.',
    'Then the new program is tried, and at a moment when no agent is in the middle of a turn it takes the place of the',
    'old one. Agents keep running, nothing they write is lost, and a version that cannot run is not begun. A machine that',
    'is never without a turn: `cao host cordon` it meanwhile.',
  ].join('\n'),
  examples: ['cao host upgrade HOST', 'cao host upgrade HOST --json'],
  args: { ref: hostRef },
  options: { json: jsonFlag },
  async run({ ref, json }, { io, client, signal }) {
    const { host } = await client.hosts.upgrade({ params: { ref }, signal });
    if (json) return io.json({ host });
    io.out(`${plainLine(host.name)}: ${plainLine(sayUpgrade(host.upgrade!))}`);
    io.note(`See how far it is: \`cao host show ${ref}\``);
  },
});
