import { expect, test } from 'vitest';
import { errorForLog } from './error-for-log.ts';

/** In the shape of Drizzle's. */
class QueryFailed extends Error {
  readonly query: string;
  readonly params: unknown[];
  constructor(query: string, params: unknown[], cause: Error) {
    super(`Failed query: ${query}\nparams: ${params}`, { cause });
    this.query = query;
    this.params = params;
  }
}

const failed = new QueryFailed(
  'insert into messages values ($1, $2)',
  ['sk-secret\nparams: of a person', 7],
  new Error('the column is too short'),
);

test.each([
  ['as it is', failed],
  ['as the cause of another error', new Error('a request failed', { cause: failed })],
])('an error of a query is logged without what was in the query (%s)', (_, error) => {
  const logged = JSON.stringify(errorForLog(error));
  expect(logged).not.toContain('sk-secret');
  expect(logged).not.toContain('of a person');
  expect(logged).toContain('insert into messages values ($1, $2)');
  expect(logged).toContain('the column is too short');
});

test('what is no error is logged as it is', () => {
  expect(errorForLog('a word')).toBe('a word');
});
