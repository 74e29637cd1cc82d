import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/stack/root.ts';
import { rowsOf } from './rows.ts';

test('every row of the page has tests, and they are there', () => {
  const rows = rowsOf(readFileSync(join(ROOT, 'docs/recovery.md'), 'utf8'));
  expect(rows.length).toBeGreaterThan(8);
  for (const { what, files } of rows) {
    expect(files.length, what).toBeGreaterThan(0);
    for (const file of files) expect(existsSync(join(ROOT, file)), `${what}: ${file}`).toBe(true);
  }
});

test('a page without the table is refused', () => {
  expect(() => rowsOf('# Recovery\n')).toThrow('no table');
});
