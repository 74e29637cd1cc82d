import { expect, test } from 'vitest';
import { distance, nearest } from './nearest.ts';

test('swapped, missing and wrong letters are one edit each', () => {
  expect(distance('lsit', 'list')).toBe(1);
  expect(distance('lst', 'list')).toBe(1);
  expect(distance('lisp', 'list')).toBe(1);
  expect(distance('', 'list')).toBe(4);
});

test('the nearest is suggested, and nothing when none is near', () => {
  expect(nearest('sesion', ['session', 'terminal'])).toBe('session');
  expect(nearest('term', ['session', 'terminal'])).toBe('terminal');
  expect(nearest('xyz', ['session', 'terminal'])).toBeUndefined();
});
