import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commandHelp } from './help.ts';
import { parse } from './parse.ts';
import { findCommand, loadAll, paths } from './registry.ts';
import { wordsOf } from './testing/examples.ts';
import { plainIo } from './testing/io.ts';

const commands = await loadAll();
/** They print for as long as they run, or hand the terminal over: there is no one document to print. */
const WITHOUT_JSON = ['up', 'host join', 'terminal attach', 'dev record'];

test('every file of commands/ is registered under its own path', async () => {
  const files = readdirSync(new URL('./commands', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.replace('.ts', '').replace('/', ' '));
  expect([...paths].sort()).toEqual(files.sort());
  expect(commands.map((command) => command.path.join(' '))).toEqual(paths);
});

test.each(commands.map((command) => [command.path.join(' '), command] as const))(
  'cao %s explains itself, with two examples that its own table accepts',
  (path, command) => {
    const help = commandHelp(plainIo, command);
    for (const text of [command.summary, ...command.examples]) expect(help).toContain(text);
    expect(command.examples.length).toBeGreaterThanOrEqual(2);
    for (const example of command.examples) {
      const words = wordsOf(example);
      const found = findCommand(words);
      expect(found?.path, example).toBe(path);
      expect(parse(command, words.slice(found!.words)), example).toBeTypeOf('object');
    }
    expect('json' in command.options).toBe(!WITHOUT_JSON.includes(path));
  },
);

test.each(commands.map((command) => [command.path.join(' '), command] as const))(
  'cao %s refuses an option it does not have',
  (_path, command) => {
    expect(() => parse(command, ['--no-such-thing'])).toThrow(/unknown option --no-such-thing/);
  },
);

test('help lines fit a wide terminal', () => {
  for (const command of commands)
    for (const line of commandHelp(plainIo, command).split('\n')) expect(line.length, line).toBeLessThan(130);
});
