import { expect, test } from 'vitest';
import { hookSettings, runs, scriptHook } from './hook-command.ts';
import { frontMatter, homeLinks, linksTo, option, promptFile } from './plan.ts';

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
  expect(scriptHook('/x.sh')).toEqual({ type: 'command', command: "sh '/x.sh'", timeout: 5 });
  expect(scriptHook('/x.sh', 'ms').timeout).toBe(5_000);
});

test('a home has what is the user’s, and what outlives the terminal', () => {
  const input = { home: '/home/u', keepDir: '/keep' };
  expect(homeLinks(input, 'home', { from: '.cli', names: ['login'] }, 'sessions')).toEqual([
    { path: 'home/login', target: '/home/u/.cli/login' },
    { path: 'home/sessions', target: '/keep/sessions' },
  ]);
});

test('front matter has no field without a value', () => {
  expect(frontMatter({ name: 'x', tools: '' }, 'Be brief.')).toBe('---\nname: x\n---\nBe brief.\n');
});
