import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../support/stack/root.ts';
import { nameOf, parse } from '../support/stack/shape.ts';
import { rowsOf } from './rows.ts';
import { type FileOutcome, runFiles } from './run.ts';

const ALL = 'postgres,1 postgres,2 redis,1 redis,2';
const help = `npm run recovery -- [--shape SHAPE …] [--only TEXT] [--json]

The tests of docs/recovery.md, row by row, in each shape of the stack: bells on Postgres or Redis, one or two of the api and
of the scheduler. Some six minutes for each shape. Progress goes to stderr, the matrix to stdout; exit code 1 when a
cell is red.

  --shape SHAPE   queue and number of replicas, repeated for several (${ALL})
  --only TEXT     rows whose text has it
  --json          the matrix as JSON

  npm run recovery -- --shape redis,2
  npm run recovery -- --only scheduler --json
`;

function fail(why: string): never {
  console.error(`${why}\n\n${help}`);
  process.exit(2);
}

function readArgs() {
  try {
    const { values } = parseArgs({
      options: {
        shape: { type: 'string', multiple: true, default: ALL.split(' ') },
        only: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return { ...values, shapes: values.shape.map((name) => nameOf(parse(name))) };
  } catch (error) {
    return fail((error as Error).message);
  }
}

const args = readArgs();
if (args.help) {
  console.log(help);
  process.exit(0);
}
const page = readFileSync(join(ROOT, 'docs/recovery.md'), 'utf8');
const rows = rowsOf(page).filter(({ what }) => what.includes(args.only));
if (rows.length === 0) fail(`--only: no row of docs/recovery.md has ${JSON.stringify(args.only)}`);

const files = [...new Set(rows.flatMap((row) => row.files))];
const byShape = new Map<string, Map<string, FileOutcome>>();
for (const shape of args.shapes) {
  console.error(`${shape}: ${files.length} files`);
  byShape.set(shape, await runFiles(files, shape));
}

const matrix = rows.map(({ what, files }) => ({
  what,
  shapes: Object.fromEntries(
    args.shapes.map((shape) => {
      const outcomes = files.map(
        (file) => byShape.get(shape)?.get(file) ?? { passed: 0, failed: [`${file} did not run`] },
      );
      const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
      return [shape, { passed, failed: outcomes.flatMap(({ failed }) => failed) }];
    }),
  ),
}));
const red = matrix.some(({ shapes }) => Object.values(shapes).some(({ failed }) => failed.length > 0));
if (args.json) console.log(JSON.stringify(matrix));
else {
  const width = Math.max(...matrix.map(({ what }) => what.length)) + 2;
  const cell = 14;
  console.log(''.padEnd(width) + args.shapes.map((shape) => shape.padEnd(cell)).join(''));
  for (const { what, shapes } of matrix) {
    const cells = args.shapes.map((shape) => {
      const { passed, failed } = shapes[shape]!;
      return (failed.length === 0 ? `${passed} passed` : `${failed.length} FAILED`).padEnd(cell);
    });
    console.log(what.padEnd(width) + cells.join('').trimEnd());
  }
  for (const { what, shapes } of matrix)
    for (const [shape, { failed }] of Object.entries(shapes))
      for (const one of failed) console.log(`\n✗ ${what} · ${shape}\n${one}`);
}
process.exitCode = red ? 1 : 0;
