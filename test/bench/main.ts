import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Figure } from './bench.ts';
import { benches } from './registry.ts';
import { table } from './report.ts';
import { openGround } from './support/ground.ts';

const help = `npm run bench -- [--json] [--quick] [--only NAME]…

Speed as people meet it: real services, real tmux, the scripted agent as the CLI. Figures go to stdout, what happens to
stderr. A missed target is a figure and no failure; exit code 1 means that a bench could not run.

  --json       the figures as JSON
  --quick      a short run: everything works, and roughly how fast
  --only NAME  this one alone; may be repeated. There are: ${benches.map(({ name }) => name).join(', ')}

  npm run bench -- --quick
  npm run bench -- --json --only message_redis --only launch
`;

function readArgs() {
  try {
    return parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    process.exit(2);
  }
}

const values = readArgs();
if (values.help) {
  console.log(help);
  process.exit();
}
const unknown = values.only.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0) {
  console.error(
    `there is no bench ${unknown.join(', ')}; there are ${benches.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}
const chosen = benches.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
const note = (line: string) => console.error(`  ${line}`);
const load = loadavg()[0]!;
// Whoever reads a missed target should know what else ran.
console.error(`${availableParallelism()} cores, load ${load.toFixed(1)} before the first bench`);
const figures: Figure[] = [];
let failed = 0;
{
  await using ground = openGround({ quick: values.quick, note });
  // Ctrl-C and a time-out: what runs is ended, and nothing of it stays.
  for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143 }))
    process.once(signal, async () => {
      await ground[Symbol.asyncDispose]();
      process.exit(code);
    });
  for (const bench of chosen) {
    console.error(`${bench.name}: ${bench.about}`);
    const began = performance.now();
    try {
      figures.push(...(await bench.run(ground)));
      note(`${((performance.now() - began) / 1000).toFixed(1)} s`);
    } catch (error) {
      failed++;
      console.error(`${bench.name} could not run:`, error);
    }
  }
}
console.log(values.json ? JSON.stringify(figures, null, 2) : table(figures));
process.exitCode = failed > 0 ? 1 : 0;
