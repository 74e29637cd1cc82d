import { expect, test } from 'vitest';
import { nameOf, withProvider } from './front-matter.ts';
import { rawUrl } from './source.ts';

test('the name is read from the front matter alone, quoted or not', () => {
  expect(nameOf('---\nname: "dev"\nrole: x\n---\nname: other')).toBe('dev');
  expect(nameOf('name: other')).toBeUndefined();
});

test('a provider is put into the front matter once, and the body stays', () => {
  const made = withProvider('---\nname: dev\nprovider: codex\n---\nprovider: is a word\n', 'claude_code');
  expect(made).toBe('---\nname: dev\nprovider: claude_code\n---\nprovider: is a word\n');
  expect(withProvider('Body', 'scripted')).toBe('---\nprovider: scripted\n---\nBody');
});

test('the page of a file on github.com leads to its text', () => {
  expect(rawUrl('https://github.com/o/r/blob/main/a/b.md').href).toBe(
    'https://raw.githubusercontent.com/o/r/main/a/b.md',
  );
  expect(rawUrl('https://raw.githubusercontent.com/o/r/main/b.md').hostname).toBe(
    'raw.githubusercontent.com',
  );
});

test.each([
  'http://github.com/o/r/blob/main/a.md',
  'https://evil.example/a.md',
  'https://github.com.evil.example/o/r/blob/m/a',
  'file:///etc/passwd',
  'https://github.com/o/r',
])('%s is not downloaded', (url) => {
  expect(() => rawUrl(url)).toThrow();
});
