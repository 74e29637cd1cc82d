import { expect, test } from 'vitest';
import { toToml } from './toml.ts';

test('a configuration is one line per key, with tables inline', () => {
  expect(toToml({ a: 'x"', list: [1, true], table: { 'b.c': 2 } })).toBe(
    'a = "x\\""\nlist = [1, true]\ntable = { "b.c" = 2 }\n',
  );
});

test('a section stands below its header', () => {
  expect(toToml({ on: false }, '[[rule]]')).toBe('[[rule]]\non = false\n');
});
