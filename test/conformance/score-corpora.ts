import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ProviderId } from '@cao/contracts';
import { type Provider, providers } from '@cao/providers';
import { LEAST_RIGHT, parseCorpus, replay, rightShare, scoreOf } from '@cao/providers/testing';
import { clis } from './clis.ts';
import { corpusFolder } from './record.ts';
import { statusTable } from './status-table.ts';

/** `cao dev score`: the corpora of all providers, or of one. Exit code 1 when a state is told right too seldom. */
const { values } = parseArgs({ options: { provider: { type: 'string' }, json: { type: 'boolean' } } });

if (values.provider !== undefined && !Object.hasOwn(providers, values.provider)) {
  console.error(`--provider ${values.provider}: allowed are ${Object.keys(providers).join(', ')}`);
  process.exit(2);
}
const chosen = Object.values(providers).filter(
  ({ id }) => values.provider === undefined || values.provider === id,
);
const scored = chosen.flatMap(scoresOf);
const unscored = chosen
  .filter(({ id }) => corporaOf(id).length === 0)
  .map(({ id }) => ({ provider: id, why: whyNone(id) }));
const ok = scored.every((one) => one.ok);

if (values.json) console.log(JSON.stringify({ ok, scored, unscored }, null, 2));
else {
  for (const { provider, version, lag, score } of scored) {
    console.log(statusTable(`${provider} ${version}`, score, false).join('\n'));
    console.log(`  recorded on a machine whose timers were ${lag} ms late at the 99th\n`);
  }
  for (const { provider, why } of unscored) console.log(`${provider}: ${why}`);
  if (!ok) console.error(`A state is told right in less than ${LEAST_RIGHT * 100} % of its samples.`);
}
process.exitCode = ok ? 0 : 1;

function scoresOf(provider: Provider) {
  return corporaOf(provider.id).map((path) => {
    const { lives, ...head } = parseCorpus(readFileSync(path, 'utf8'));
    const score = scoreOf(lives.map((life) => replay(provider, life)));
    return { ...head, ok: score.states.every((state) => rightShare(state) >= LEAST_RIGHT), score };
  });
}

function corporaOf(id: ProviderId): readonly string[] {
  const folder = corpusFolder(id);
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}

function whyNone(id: ProviderId): string {
  const cli = clis[id];
  if (!cli) return 'no corpus: it was never run here, and its screens are drawn by hand';
  return cli.received ? 'no corpus: it asks no model, so nobody knows the truth' : 'no corpus yet';
}
