import { expect, test } from 'vitest';
import { describeDeath } from './death.ts';

test('the last words of a program are its last three rows that say something', () => {
  const lastScreen = ['first', '\u001b[1mkeys: none\u001b[0m', '─'.repeat(80), '❯ ', 'gone', ''].join('\n');
  expect(describeDeath({ status: 1, signal: null, lastScreen })).toBe(
    'its CLI exited with status 1; it said last: first · keys: none · gone',
  );
  expect(describeDeath({ status: null, signal: 9, lastScreen: '╭──╮\n╰──╯' })).toBe(
    'its CLI was killed by signal 9',
  );
});
