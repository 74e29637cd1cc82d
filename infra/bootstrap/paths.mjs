import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));

export const paths = {
  root,
  bin: join(root, 'node_modules', '.bin'),
  /** Inside node_modules, so that deleting that folder also forgets what was known about it. */
  stamps: join(root, 'node_modules', '.cao'),
  lock: join(root, '.cache', 'bootstrap.lock'),
  testReport: join(root, '.cache', 'test-report.json'),
  testSummary: join(root, '.cache', 'test-summary.txt'),
  cli: join(root, 'cli', 'dist', 'main.js'),
};

/** Where a Node that we fetch is kept: shared by all clones of one person. */
export const cacheFolder = () => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cao');

/** The environment of what we run: this Node first, then the tools of node_modules. */
export const childEnvironment = () => ({
  ...process.env,
  PATH: [paths.bin, process.env.PATH ?? ''].join(delimiter),
});
