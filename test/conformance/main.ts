import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ProviderId } from '@cao/contracts';
import { type Provider, providers } from '@cao/providers';
import { clis } from './clis.ts';
import { type Result, tellStory } from './story.ts';
import { tellTeamStories } from './team.ts';

/**
 * The real CLIs against the fake model: `--provider claude_code [--cli-version V] [--json] [--fixtures FOLDER] [--team]`; without
 * a provider all of them; `--team` tells only the stories of the whole system,
 * `--minutes N` only that of a handoff that takes so long. Exit code 1 when a capability that is claimed fails.
 */
const { values } = parseArgs({
  options: {
    provider: { type: 'string', multiple: true },
    'cli-version': { type: 'string' },
    json: { type: 'boolean', default: false },
    fixtures: { type: 'string' },
    team: { type: 'boolean', default: false },
    minutes: { type: 'string' },
    isolated: { type: 'boolean', default: false },
  },
});

const ids = (values.provider ?? Object.keys(providers)) as ProviderId[];
for (const id of ids) {
  if (!(id in providers))
    throw new Error(`--provider ${id}: allowed are ${Object.keys(providers).join(', ')}`);
}
const versionOf = (id: ProviderId) => values['cli-version'] ?? clis[id]!.pinned;

// Installing needs the network, running must not have it: a CLI that calls home would hide what it depends on.
if (!values.isolated) {
  for (const id of ids) clis[id]!.install(versionOf(id));
  process.exitCode = inNamespace(process.argv.slice(2));
} else await main();

function inNamespace(flags: readonly string[]): number {
  const self = fileURLToPath(import.meta.url);
  const command = [process.execPath, '--conditions=@cao/source', self, ...flags, '--isolated'];
  const can = spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
  if (!can) console.error('no network namespace (unshare -n needs root): running with the network as it is');
  const [program = '', ...args] = can
    ? ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command]
    : command;
  return spawnSync(program, args, { stdio: 'inherit' }).status ?? 1;
}

async function main(): Promise<void> {
  const rows: { provider: string; version: string; results: readonly Result[] }[] = [];
  for (const id of ids) {
    const provider: Provider = providers[id as keyof typeof providers];
    const binary = clis[id]!.install(versionOf(id));
    const version =
      provider.detect.parse(execFileSync(binary, [...provider.detect.argv], { encoding: 'utf8' })) ??
      'unknown';
    const keep = (name: string, ansi: string) => {
      if (values.fixtures === undefined) return;
      mkdirSync(values.fixtures, { recursive: true });
      writeFileSync(
        join(values.fixtures, `${name}-${version}.json`),
        `${JSON.stringify({ cli: id, version, name, ansi }, null, 1)}\n`,
      );
    };
    const alone = values.team || values.minutes ? [] : await tellStory(provider, clis[id]!, binary, keep);
    const team = await tellTeamStories(
      provider,
      clis[id]!,
      binary,
      values.minutes ? Number(values.minutes) : undefined,
    );
    rows.push({ provider: id, version, results: [...alone, ...team] });
  }
  const date = new Date().toISOString().slice(0, 10);
  if (values.json) console.log(JSON.stringify({ date, rows }, null, 2));
  else for (const { provider, version, results } of rows) print(`${provider} ${version} · ${date}`, results);
  if (rows.some(({ results }) => results.some(({ outcome }) => outcome === 'fail'))) process.exitCode = 1;
}

function print(title: string, results: readonly Result[]): void {
  console.log(`\n${title}`);
  for (const { capability, outcome, note } of results) {
    console.log(
      `  ${outcome.padEnd(12)} ${capability.padEnd(28)} ${outcome === 'fail' ? `\n${note}` : note}`,
    );
  }
}
