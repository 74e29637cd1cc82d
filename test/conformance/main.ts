import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ProviderId } from '@cao/contracts';
import { type Provider, providers } from '@cao/providers';
import { capabilityNames } from './capabilities/registry.ts';
import { type Cli, clis } from './clis.ts';
import { matrixOf, type Row } from './matrix.ts';
import { runMixed } from './mixed.ts';
import { publish } from './published.ts';
import { corpusFolder, record } from './record.ts';
import { type Result, runCapabilities } from './run.ts';
import { runStress, type Stress } from './stress.ts';

const HELP = `The real CLIs through the whole system, against a fake model (no AI) on loopback.

  npm run conformance -- [--provider ID]… [--cli-version V] [--only TEXT]… [--long] [--minutes N] [--fixtures FOLDER] [--json]

  --provider ID       one of ${Object.keys(clis).join(', ')}; all of them without
  --cli-version V     instead of the pinned one; \`latest\` is what the registry calls so
  --only TEXT         capabilities whose name has TEXT in it
  --long              those that take minutes too
  --mixed             only these CLIs as supervisors and workers of each other; without --provider all real ones
  --stress N          only N questions and N/10 launches of each: answers, messages and processes are counted
  --minutes N         only a handoff of that length, the requester's worker-agent killed half-way
  --fixtures FOLDER   keeps the screens of each state there
  --record            only what a corpus is made of, which goes into the fixtures of the provider (cao dev record)
  --out FOLDER        the corpus goes there
  --json              the matrix with the timelines, as JSON
  --publish           what came out goes into docs/conformance.json and docs/providers.md
  --help              this

Capabilities: ${capabilityNames.join('; ')}.
Exit code 1 when one that is claimed fails.`;

const { values } = parseArgs({
  options: {
    provider: { type: 'string', multiple: true },
    'cli-version': { type: 'string' },
    only: { type: 'string', multiple: true, default: [] },
    long: { type: 'boolean', default: false },
    mixed: { type: 'boolean', default: false },
    stress: { type: 'string' },
    minutes: { type: 'string' },
    fixtures: { type: 'string' },
    record: { type: 'boolean', default: false },
    out: { type: 'string' },
    json: { type: 'boolean', default: false },
    publish: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    /** Set by itself, inside the namespace. */
    isolated: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(HELP);
else {
  const ids = chosen();
  // Installing needs the network, running must not have it: a CLI that calls home would hide what it depends on.
  if (values.isolated) await modeOf()(ids);
  else {
    for (const { cli } of ids) cli.install(versionOf(cli));
    process.exitCode = await inNamespace(process.argv.slice(2));
  }
}

interface Chosen {
  readonly provider: Provider;
  readonly cli: Cli;
}

function chosen(): readonly Chosen[] {
  const known = Object.keys(providers).filter((id) => id in clis);
  const wrong = [
    ...(values.provider ?? [])
      .filter((id) => !known.includes(id))
      .map((id) => `--provider ${id}: allowed are ${known.join(', ')}`),
    ...(values.provider ?? [])
      .filter((id) => values.record && clis[id as ProviderId]?.received)
      .map((id) => `--provider ${id}: it asks no model, so nobody knows the truth`),
    ...values.only
      .filter((part) => !capabilityNames.some((name) => name.includes(part)))
      .map((part) => `--only ${part}: no capability has this in its name; see --help`),
    ...(values.minutes !== undefined && !(Number(values.minutes) > 0)
      ? [`--minutes ${values.minutes}: a number of minutes`]
      : []),
  ];
  if (wrong.length > 0) {
    console.error(wrong.join('\n'));
    process.exit(2);
  }
  const all = values.record ? known.filter((id) => !clis[id as ProviderId]?.received) : known;
  return (values.provider ?? all).map((id) => ({
    provider: providers[id as keyof typeof providers],
    cli: clis[id as ProviderId]!,
  }));
}

function versionOf(cli: Cli): string {
  return values['cli-version'] ?? cli.pinned;
}

async function inNamespace(flags: readonly string[]): Promise<number> {
  const self = fileURLToPath(import.meta.url);
  const command = [process.execPath, '--conditions=@cao/source', self, ...flags, '--isolated'];
  const can = spawnSync('unshare', ['-n', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
  if (!can) console.error('no network namespace (unshare -n needs root): running with the network as it is');
  const [program = '', ...args] = can
    ? ['unshare', '-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command]
    : command;
  const child = spawn(program, args, { stdio: 'inherit' });
  // It has a whole stack to take down; one who is told to end by the terminal hears it by itself.
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGINT', () => {});
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

function modeOf(): (all: readonly Chosen[]) => Promise<void> {
  if (values.mixed) return mixAll;
  if (values.record) return recordAll;
  return values.stress === undefined ? runAll : stressAll;
}

async function stressAll(all: readonly Chosen[]): Promise<void> {
  const questions = Number(values.stress);
  const results: Stress[] = [];
  for (const { provider, cli } of all.filter(({ provider: { id } }) => id !== 'scripted'))
    results.push(
      await runStress(
        { provider, cli, binaryPath: cli.path(versionOf(cli)) },
        { questions, launches: Math.ceil(questions / 10), seed: 1, note: (line) => console.error(line) },
      ),
    );
  console.log(JSON.stringify({ date: new Date().toISOString().slice(0, 10), results }, null, 2));
  const bad = results.some(
    (one) => one.wrongAnswers.length + one.lostMessages.length + one.orphans.length > 0,
  );
  if (bad) process.exitCode = 1;
}

async function mixAll(all: readonly Chosen[]): Promise<void> {
  const installed = all
    .filter(({ provider }) => provider.id !== 'scripted')
    .map(({ provider, cli }) => ({ provider, cli, binaryPath: cli.path(versionOf(cli)) }));
  const results = await runMixed(installed, ({ name, outcome, note }) =>
    console.error(`${outcome} ${name}: ${note}`),
  );
  const date = new Date().toISOString().slice(0, 10);
  console.log(values.json ? JSON.stringify({ date, results }, null, 2) : '');
  if (results.some(({ outcome }) => outcome === 'fail')) process.exitCode = 1;
}

async function recordAll(all: readonly Chosen[]): Promise<void> {
  for (const { provider, cli } of all) {
    const binary = cli.path(versionOf(cli));
    const note = (result: Result) => console.error(progress(provider.id, result));
    const { file, bytes, failed } = await record(provider, cli, binary, {
      version: printedVersion(provider, binary),
      out: values.out ?? corpusFolder(provider.id),
      note,
    });
    console.log(`${file}: ${Math.ceil(bytes / 1024)} KB`);
    if (failed) process.exitCode = 1;
  }
}

function printedVersion({ detect }: Provider, binary: string): string {
  return detect.parse(execFileSync(binary, [...detect.argv], { encoding: 'utf8' })) ?? 'unknown';
}

async function runAll(all: readonly Chosen[]): Promise<void> {
  const rows: Row[] = [];
  for (const { provider, cli } of all) {
    const binary = cli.path(versionOf(cli));
    const version = printedVersion(provider, binary);
    const run = await runCapabilities(provider, cli, binary, {
      only: values.only,
      long: values.long,
      minutes: values.minutes === undefined ? null : Number(values.minutes),
      keep: (name, { ansi, title }) => keep({ cli: provider.id, version, name, title, ansi }),
      note: (result) => console.error(progress(provider.id, result)),
    });
    rows.push({ provider: provider.id, version, ...run });
  }
  const date = new Date().toISOString().slice(0, 10);
  console.log(values.json ? JSON.stringify({ date, rows }, null, 2) : `\n${matrixOf(rows, date)}`);
  if (values.publish) publish(rows, date);
  if (rows.some(({ results }) => results.some(({ outcome }) => outcome === 'fail'))) process.exitCode = 1;
}

function keep(fixture: { cli: string; version: string; name: string; title: string; ansi: string }): void {
  if (values.fixtures === undefined) return;
  mkdirSync(values.fixtures, { recursive: true });
  const file = join(values.fixtures, `${fixture.name}-${fixture.version}.json`);
  writeFileSync(file, `${JSON.stringify(fixture, null, 1)}\n`);
}

function progress(id: string, { capability, outcome, note, ms }: Result): string {
  return `${id}: ${outcome} ${capability} (${(ms / 1000).toFixed(1)} s) ${note.split('\n')[0]}`;
}
