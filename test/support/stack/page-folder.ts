import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder that stands for the built page, with something above it that nobody may read through it. */
export function pageFolder() {
  const parent = mkdtempSync(join(tmpdir(), 'cao-page-'));
  const dir = join(parent, 'page');
  const index = '<!doctype html><title>page</title>';
  mkdirSync(dir);
  writeFileSync(join(dir, 'index.html'), index);
  writeFileSync(join(parent, 'secret'), 'secret of the folder above');
  return { dir, index, remove: () => rmSync(parent, { recursive: true, force: true }) };
}
