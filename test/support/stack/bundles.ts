import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { ROOT } from './root.ts';

export const SERVICES = ['api', 'scheduler', 'worker-agent'] as const;
export type Service = (typeof SERVICES)[number];

const FOLDER = join(ROOT, '.cache/bundles');
const fileOf = (service: Service): string => join(FOLDER, `${service}.mjs`);
/** Tells the workers of a test run that this run has made them. */
const MADE = 'CAO_TEST_BUNDLES';

/** Files that lie beside a source are still found from there. */
const knowsItsPlace: Plugin = {
  name: 'knows-its-place',
  setup(esbuild) {
    esbuild.onLoad({ filter: /\/(packages|services)\/[^/]+\/src\/.*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
      loader: 'ts',
    }));
  },
};

let making: Promise<unknown> | undefined;

/**
 * The services, from source, each as one file: Node finds its modules in a quarter of the time, and a test run starts
 * hundreds. Made once for all that ask.
 */
export async function bundledService(service: Service): Promise<string> {
  if (process.env[MADE] === undefined) making ??= makeBundles();
  await making;
  return fileOf(service);
}

const makeBundles = (): Promise<unknown> => Promise.all(SERVICES.map(makeBundle));

/** Put in its place whole: another run may be starting services from there. */
async function makeBundle(service: Service): Promise<void> {
  const half = join(FOLDER, `${service}.${process.pid}.mjs`);
  await build({
    entryPoints: [join(ROOT, 'services', service, 'src/main.ts')],
    outfile: half,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@cao/source'],
    plugins: [knowsItsPlace],
    banner: {
      js: "import { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);",
    },
    external: ['msgpackr-extract'],
    logLevel: 'error',
  });
  await rename(half, fileOf(service));
}

/** Of a test run, before its workers are there. */
export async function setup(): Promise<void> {
  await makeBundles();
  process.env[MADE] = '1';
}
