import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Unable } from './failure.mjs';
import { childEnvironment, paths } from './paths.mjs';
import { runQuietly } from './quiet.mjs';
import { timed } from './say.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

const inRoot = (...names) => names.map((name) => join(paths.root, name));

/**
 * The TypeScript of every workspace, compiled to its dist. Whether its types are right is for `npm run check`, as that takes three times
 * as long.
 */
export const compiled = {
  isCurrent: async () => existsSync(paths.cli) && (await readStamp('compiled')) === (await hashOf(sources)),
  bringUpToDate: () => make('compiling', 'compiled', sources, 'tsc', ['-b', '--noCheck']),
};

const sources = inRoot('packages', 'services', 'cli', 'tsconfig.json', 'tsconfig.base.json');

/** The dashboard's files, which the api serves. */
export const webBundle = {
  isCurrent: async () =>
    !existsSync(join(paths.root, 'web', 'vite.config.ts')) ||
    (existsSync(join(paths.root, 'web', 'dist', 'index.html')) &&
      (await readStamp('web')) === (await hashOf(webSources))),
  bringUpToDate: () =>
    make('building the dashboard', 'web', webSources, 'npm', ['run', 'build', '-w', 'web']),
};

const webSources = inRoot('web', 'packages/contracts', 'packages/client', 'package-lock.json');

async function make(what, stamp, from, tool, args) {
  await timed(what, async () => {
    // Taken before: what changes while the tool runs is built again next time.
    const hash = await hashOf(from);
    const { code, output } = await runQuietly(tool, args, { cwd: paths.root, env: childEnvironment() });
    if (code !== 0)
      throw new Unable(
        `${what} failed (${tool} ended with ${code})\n${output}\n`.trimEnd(),
        'Correct what is named and run this again.',
      );
    await writeStamp(stamp, hash);
  });
}
