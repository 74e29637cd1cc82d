import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { paths } from './paths.mjs';

/** What is made, not written: never part of what a stamp looks at. */
const MADE = new Set(['node_modules', 'dist', '.cao']);

/**
 * One hash over the names and contents of files and folders (folders with everything in them).
 * By content, never by time: a checkout or a copy gives every file a new time.
 * @param {readonly string[]} roots absolute; what does not exist counts as nothing
 */
export async function hashOf(roots) {
  const hash = createHash('sha256');
  for (const root of roots)
    for (const file of await filesUnder(root)) {
      hash.update(`${relative(paths.root, file)}\0`);
      hash.update(await readFile(file));
      hash.update('\0');
    }
  return hash.digest('hex');
}

async function filesUnder(path) {
  let entries;
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch (cause) {
    if (cause.code === 'ENOTDIR') return [path];
    if (cause.code === 'ENOENT') return [];
    throw cause;
  }
  const found = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (MADE.has(entry.name) || entry.name.endsWith('.tsbuildinfo')) continue;
    const child = join(path, entry.name);
    if (entry.isDirectory()) found.push(...(await filesUnder(child)));
    else if (entry.isFile()) found.push(child);
  }
  return found;
}

/** @param {string} name */
export const readStamp = (name) => readFile(join(paths.stamps, name), 'utf8').catch(() => undefined);

/**
 * Written last, when the work is known to be done.
 * @param {string} name
 * @param {string} hash
 */
export async function writeStamp(name, hash) {
  await mkdir(paths.stamps, { recursive: true });
  await writeFile(join(paths.stamps, name), hash);
}
