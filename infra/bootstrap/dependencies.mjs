import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { npm } from './npm.mjs';
import { paths } from './paths.mjs';
import { timed } from './say.mjs';
import { hashOf, readStamp, writeStamp } from './stamp.mjs';

const lockfile = join(paths.root, 'package-lock.json');
/** npm's own record of what lies in node_modules, written when an installation is complete. */
const installed = join(paths.root, 'node_modules', '.package-lock.json');

const LOCK_INCOMPLETE = /\bEUSAGE\b|are in sync|from lock file/;

/** node_modules as package-lock.json wants it. */
export const dependencies = {
  async isCurrent() {
    const wanted = await hashOf([lockfile]);
    if ((await readStamp('dependencies')) === wanted) return true;
    // Someone ran npm by hand: what is there counts, not who put it there.
    if (!(await matches())) return false;
    await writeStamp('dependencies', wanted);
    return true;
  },
  async bringUpToDate() {
    await timed('installing the dependencies', async () => {
      const where = { cwd: paths.root, what: 'the dependencies' };
      // npm ci refuses, before it touches anything, when the lock lacks a binary for some other platform, and a registry
      // that does not carry that binary makes npm write such a lock. --no-save keeps to the lock and leaves it alone.
      await npm(['ci'], where).catch((cause) => {
        if (!LOCK_INCOMPLETE.test(cause.message)) throw cause;
        return npm(['install', '--no-save'], where);
      });
      await writeStamp('dependencies', await hashOf([lockfile]));
    });
  },
};

async function matches() {
  const [wanted, present] = await Promise.all([lockfile, installed].map(packagesOf));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([place, { version, link, optional, devOptional, peer }]) => {
    if (!place.includes('node_modules/') || link) return true;
    const there = present[place];
    // What may be left out: other platforms' binaries.
    return there ? there.version === version : Boolean(optional || devOptional || peer);
  });
}

async function packagesOf(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
