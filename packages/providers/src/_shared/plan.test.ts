import { expect, test } from 'vitest';
import { hookSettings, runs, scriptHook } from './hook-settings.ts';
import { linksTo, option, promptFile } from './plan.ts';

test('a system prompt is a file of its own, and none is no file', () => {
  const prompt = (systemPrompt: string) =>
    promptFile('p.md', { profile: { name: 'x', description: '', systemPrompt } });
  expect(prompt('  Be brief.\n\n')).toEqual([{ path: 'p.md', content: 'Be brief.\n' }]);
  expect(prompt(' \n')).toEqual([]);
});

test('an option without a value is not given', () => {
  expect(option('--model', 'm')).toEqual(['--model', 'm']);
  expect([option('--model', undefined), option('--model', '')]).toEqual([[], []]);
});

test('links have the names of what they stand for', () => {
  expect(linksTo('/home/u/.cli', 'home', ['a', 'b'])).toEqual([
    { path: 'home/a', target: '/home/u/.cli/a' },
    { path: 'home/b', target: '/home/u/.cli/b' },
  ]);
});

test('hooks are asked for by the names of what reacts to them', () => {
  const reactions = { Start: () => null, Stop: () => null };
  expect(hookSettings(reactions, (name) => ({ name }))).toEqual({
    Start: [{ hooks: [{ name: 'Start' }] }],
    Stop: [{ hooks: [{ name: 'Stop' }] }],
  });
});

test('a script is run whatever is in its path', () => {
  expect(runs("/it's/x.sh")).toBe(`sh '/it'\\''s/x.sh'`);
  expect(scriptHook('/x.sh', 5)).toEqual({ type: 'command', command: "sh '/x.sh'", timeout: 5 });
});
