import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
};

/** A bundle of this size takes about a second; more is a hang. Units: ms. */
const BUILD_TIMEOUT_MS = 60_000;

export interface PageFiles extends AsyncDisposable {
  readonly root: string;
  /** A file of the page, or its index for an address that only the page knows. */
  read(path: string): Promise<{ body: Buffer; type: string }>;
}

/** The page as it is shipped, built from source into a folder of its own. */
export async function buildPage(): Promise<PageFiles> {
  const root = await mkdtemp(join(tmpdir(), 'cao-page-'));
  const web = dirname(createRequire(import.meta.url).resolve('@cao/web/package.json'));
  const vite = join(
    dirname(createRequire(join(web, 'package.json')).resolve('vite/package.json')),
    'bin/vite.js',
  );
  await promisify(execFile)(process.execPath, [vite, 'build', '--outDir', root, '--logLevel', 'warn'], {
    cwd: web,
    timeout: BUILD_TIMEOUT_MS,
    env: { ...process.env, NODE_ENV: 'production' },
  });
  return {
    root,
    async read(path) {
      const name = /\.\w+$/.test(path) ? normalize(path) : '/index.html';
      const body = await readFile(join(root, name));
      return { body, type: types[name.split('.').at(-1)!] ?? 'application/octet-stream' };
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
