import { readFileSync } from 'node:fs';
import { errorCodes, errorTable } from '@cao/contracts';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
// The formatter pads the columns of tables.
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.replace(/ +/g, ' '));

test('docs/errors.md says what the table says, row by row', () => {
  const wanted = errorCodes.map((code) => {
    const { status, exit, retryable, next } = errorTable[code];
    return `| \`${code}\` | ${status} | ${exit} | ${retryable ? 'yes' : 'no'} | ${next} |`;
  });
  expect(rows.filter((row) => !/^\| `\d/.test(row))).toEqual(wanted);
});
