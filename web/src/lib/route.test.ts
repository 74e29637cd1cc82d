import { expect, test } from 'vitest';
import { loginCode } from './access.ts';
import { parseRoute, terminalHref } from './route.ts';
import { age } from './time.ts';

test('a terminal has an address of its own, and what is no terminal is the overview', () => {
  expect(parseRoute(terminalHref('a1b2c3d4'))).toEqual({ page: 'terminal', id: 'a1b2c3d4' });
  for (const hash of ['', '#/', '#/t/', '#/t/1b2c3d4e', '#/t/a1b2c3d4/x', '#/t/<script>'])
    expect(parseRoute(hash)).toEqual({ page: 'all' });
});

test('only a login link carries a code', () => {
  expect(loginCode({ pathname: '/login', hash: '#abc%2Fd' })).toBe('abc/d');
  expect(loginCode({ pathname: '/login/', hash: '#abc' })).toBe('abc');
  expect(loginCode({ pathname: '/login', hash: '' })).toBeNull();
  expect(loginCode({ pathname: '/login', hash: '#100%' })).toBe('100%');
  expect(loginCode({ pathname: '/', hash: '#abc' })).toBeNull();
});

test('an age is told in one unit, and a clock ahead of ours is now', () => {
  const now = Date.parse('2026-01-10T12:00:00Z');
  const told = (from: string) => age(from, now);
  expect(told('2026-01-10T12:03:00Z')).toBe('just now');
  expect(told('2026-01-10T11:53:10Z')).toBe('6 min ago');
  expect(told('2026-01-10T09:00:00Z')).toBe('3 h ago');
  expect(told('2026-01-07T12:00:00Z')).toBe('3 days ago');
});
