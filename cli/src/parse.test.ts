import { expect, test } from 'vitest';
import { z } from 'zod';
import { arg, defineCommand, flag, restArg, value, values } from './command.ts';
import { CliError } from './exit.ts';
import { parse } from './parse.ts';

const command = defineCommand({
  path: ['thing', 'do'],
  summary: 'Do a thing',
  examples: [],
  args: { name: arg('NAME', z.string().regex(/^[a-z]+$/, 'has small letters'), 'a name') },
  options: {
    label: values('LABEL', z.string(), 'labels'),
    dryRun: flag('look only'),
    count: value('N', z.coerce.number('must be a number').default(1), 'how many'),
  },
  async run() {},
});

const refusal = (argv: string[]) => {
  try {
    parse(command, argv);
  } catch (cause) {
    if (cause instanceof CliError) return `${cause.code}: ${cause.message} / ${cause.next}`;
    throw cause;
  }
  throw new Error('it was accepted');
};

test('options may stand before and after arguments, with = or a space', () => {
  expect(parse(command, ['--count=3', 'abc', '--label', 'a', '--label', 'b', '--dry-run'])).toEqual({
    name: 'abc',
    label: ['a', 'b'],
    dryRun: true,
    count: 3,
  });
});

test('what is not given has its default', () => {
  expect(parse(command, ['abc'])).toEqual({ name: 'abc', label: [], dryRun: false, count: 1 });
});

test('a value may begin with a dash, and after -- everything is an argument', () => {
  expect(parse(command, ['abc', '--label', '-'])).toMatchObject({ label: ['-'] });
  expect(refusal(['--', '--count'])).toContain('NAME: has small letters');
});

test('a misspelt option is answered with the nearest one', () => {
  expect(refusal(['abc', '--dry-rum'])).toContain('Did you mean --dry-run?');
  expect(refusal(['abc', '--zzz'])).toBe('bad_request: unknown option --zzz / See `cao thing do --help`.');
});

test('each mistake names its option or argument', () => {
  expect(refusal([])).toContain('NAME is missing');
  expect(refusal(['ABC'])).toContain('NAME: has small letters');
  expect(refusal(['abc', '--count', 'x'])).toContain('--count: must be a number');
  expect(refusal(['abc', '--count'])).toContain('--count needs a value: N');
  expect(refusal(['abc', '--count', '1', '--count', '2'])).toContain('--count is given twice');
  expect(refusal(['abc', '--dry-run=yes'])).toContain('--dry-run takes no value');
  expect(refusal(['abc', 'def'])).toContain('one argument too many: "def"');
});

test('--help wins over every mistake that stands after it', () => {
  expect(parse(command, ['--help', '--zzz'])).toBe('help');
  expect(parse(command, ['-h'])).toBe('help');
});

test('the last argument may take all that remain, and wants at least one', () => {
  const keys = defineCommand({
    ...command,
    args: { keys: restArg('KEY', z.string(), 'keys') },
    run: async () => {},
  });
  expect(parse(keys, ['a', 'b'])).toMatchObject({ keys: ['a', 'b'] });
  expect(() => parse(keys, [])).toThrow('at least one is needed');
});
