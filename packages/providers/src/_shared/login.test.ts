import { describe, expect, test } from 'vitest';
import { loginBy } from './login.ts';

const login = loginBy([
  { anyOf: ['KEY', 'TOKEN'] },
  { allOf: ['URL', 'NAME'], means: 'unknown' },
  { file: 'credentials' },
  { file: 'settings', holds: /account/ },
  { file: 'settings', means: 'logged_out' },
]);

describe('whether somebody is logged in', () => {
  test.each([
    ['a variable that is set', { TOKEN: 'x' }, {}, 'logged_in'],
    ['an empty variable', { TOKEN: '' }, {}, 'unknown'],
    ['the first clue, before a later one', { KEY: 'x', URL: 'x', NAME: 'x' }, {}, 'logged_in'],
    ['variables that count together', { URL: 'x', NAME: 'x' }, { credentials: '' }, 'unknown'],
    ['one of them alone', { URL: 'x' }, { credentials: '' }, 'logged_in'],
    ['what stands in a file', {}, { settings: '"account"' }, 'logged_in'],
    ['a file without it', {}, { settings: '' }, 'logged_out'],
    ['nothing', {}, {}, 'unknown'],
  ])('is told by %s', (_, env, files, told) => {
    const homeFile = (path: string) => (files as Record<string, string>)[path] ?? null;
    expect(login({ env: env as Record<string, string>, homeFile })).toBe(told);
  });

  test('is what a clue without a condition says, when no other is there', () => {
    const nobody = { env: {}, homeFile: () => null };
    expect(loginBy([{ file: 'x' }, { means: 'logged_out' }])(nobody)).toBe('logged_out');
  });
});
