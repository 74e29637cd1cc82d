import { defineCommand, jsonFlag } from '../command.ts';
import { hostTable, providerTable } from '../render/hosts.ts';
import { plainLine } from '../render/plain.ts';
import { version } from '../version.ts';

export const command = defineCommand({
  path: ['info'],
  summary: 'Show which CAO this is, its hosts, and the CLIs that they can run',
  help: 'In a terminal of CAO it also names the session that the terminal belongs to.',
  examples: ['cao info', 'cao info --json'],
  args: {},
  options: { json: jsonFlag },
  async run({ json }, { io, client, env, server, signal }) {
    const [health, ready, { hosts }] = await Promise.all([
      client.system.health({ signal }),
      client.system.ready({ signal }),
      client.hosts.list({ signal }),
    ]);
    const session = env.CAO_SESSION_NAME ?? null;
    if (json)
      return io.json({
        cli_version: version(),
        api: { url: server.url, ...health, ...ready },
        session,
        hosts,
      });
    const facts: [string, string][] = [
      ['cao', version()],
      ['api', `${server.url} (${plainLine(health.version)}), ${ready.ready ? 'ready' : 'not ready'}`],
      ['session', session ?? '– (not inside a terminal of CAO)'],
    ];
    for (const [name, fact] of facts) io.out(`${io.paint('dim', name.padEnd(8))} ${fact}`);
    if (hosts.length === 0) return io.note('No host has joined yet: `cao host join` on each machine.');
    io.out('');
    io.out(hostTable(io, hosts));
    io.out('');
    io.out(providerTable(io, hosts));
  },
});
