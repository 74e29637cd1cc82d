import { diskTable, sayDisk, sayUnwritten } from '@cao/contracts';
import { z } from 'zod';
import { arg, defineCommand, jsonFlag } from '../../command.ts';
import { hostSince, hostStateAndMode, providerTable, sayUpgrade } from '../../render/hosts.ts';
import { plainLine } from '../../render/plain.ts';
import { terminalTable } from '../../render/terminals.ts';

export const command = defineCommand({
  path: ['host', 'show'],
  summary: 'Show one machine and the terminals on it',
  examples: ['cao host show HOST', 'cao host show HOST --json'],
  args: { ref: arg('HOST', z.string().min(1).max(64), 'name or id') },
  options: { json: jsonFlag },
  async run({ ref, json }, { io, client, signal }) {
    const { host, terminals } = await client.hosts.get({ params: { ref }, signal });
    if (json) return io.json({ host, terminals });
    const facts: [string, string][] = [
      ['id', host.id],
      ['state', `${hostStateAndMode(io, host)} for ${hostSince(host)}`],
      ['terminals', `${host.terminals} of ${host.capacity}`],
      ['labels', host.labels.map(plainLine).join(', ') || '–'],
      ['system', plainLine([host.os, host.arch].filter(Boolean).join(' ') || '–')],
      ['worker-agent', plainLine(host.agent_version ?? '–')],
      ['attach there', plainLine(host.attach ?? '–')],
    ];
    if (host.upgrade) facts.push(['upgrade', plainLine(sayUpgrade(host.upgrade))]);
    if (host.health?.disk) {
      const { disk } = host.health;
      facts.push(
        ['disk', io.paint('red', sayDisk(disk))],
        ['', sayUnwritten(disk)],
        ['', diskTable[disk.condition].next],
      );
    }
    if (host.duplicate_at)
      facts.push([
        'duplicate',
        io.paint(
          'red',
          `another machine said at ${host.duplicate_at} that it is this host: a clone? Join it anew`,
        ),
      ]);
    io.out(io.paint('bold', plainLine(host.name)));
    for (const [name, fact] of facts) io.out(`  ${io.paint('dim', name.padEnd(13))} ${fact}`);
    io.out('');
    io.out(
      host.providers.length > 0 ? providerTable(io, [host]) : 'No CLI that CAO can run was found on it.',
    );
    if (terminals.length === 0) return;
    io.out('');
    io.out(terminalTable(io, terminals, { session: true, conductors: [] }));
  },
});
