import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Installed, made or private: nobody wrote it for others to read. */
const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.cache', 'artifacts', '.env', '.DS_Store']);

/** All files of the repository, as paths from its root. From the folders, not from git: a new file counts at once. */
export const files: readonly string[] = walk('');

function walk(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !NOT_OURS.has(name) && !name.endsWith('.tsbuildinfo'))
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? walk(path) : entry.isFile() ? [path] : [];
    })
    .sort();
}

export const read = (path: string): string => readFileSync(join(root, path), 'utf8');
export const readJson = (path: string): unknown => JSON.parse(read(path));
export const urlOf = (path: string): string => new URL(path, new URL('../../', import.meta.url)).href;

export const isCode = (path: string): boolean => ['.ts', '.tsx', '.mjs'].includes(extname(path));
/** Tests and what only they use: they may reach further than the code they look at. */
export const isTest = (path: string): boolean =>
  /\.test\.tsx?$/.test(path) || /^(test|(packages|services)\/[^/]+\/test|cli\/test)\//.test(path);
/** What runs at a user's. */
export const isProduct = (path: string): boolean =>
  isCode(path) && !isTest(path) && /^((packages|services)\/[^/]+|cli|web)\/src\//.test(path);
