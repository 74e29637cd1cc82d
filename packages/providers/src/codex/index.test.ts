import { describe, expect, test } from 'vitest';
import { codex } from './index.ts';

describe('what is typed into Codex', () => {
  const { escape: escaped, isOurs } = codex.submit;

  test('keeps a last word that would open a list from being completed', () => {
    expect(escaped('look at @src')).toBe('look at @src ');
    expect(escaped('use $ima')).toBe('use $ima ');
    expect(escaped('mail a@b')).toBe('mail a@b');
  });

  test('is known again where a long paste is shown by its length', () => {
    expect(isOurs('[Pasted Content 1600 chars]', '漢字é😀'.repeat(400))).toBe(true);
    expect(isOurs('[Pasted Content 1601 chars]', '漢字é😀'.repeat(400))).toBe(false);
    expect(isOurs('[Pasted Content 1600 chars] and more', '漢字é😀'.repeat(400))).toBe(false);
  });
});

test.each([
  ['unexpected status 401 Unauthorized: bad key', 'not_logged_in'],
  ['exceeded retry limit, last status: 429 Too Many Requests', 'rate_limited'],
  ["You've hit your usage limit. (usage_limit_exceeded)", 'quota_exhausted'],
  ['Try again later. (usageLimitExceeded)', 'quota_exhausted'],
  ['stream disconnected before completion', 'model_error'],
])('an error of Codex, %s, is %s', (error, kind) => {
  expect(codex.failure(error).kind).toBe(kind);
});

test('a login of Codex is a key, its file, or not to be known', () => {
  const login = (files: Record<string, string>, env: Record<string, string> = {}) =>
    codex.detect.login({ env, homeFile: (path) => files[path] ?? null });
  expect(login({})).toBe('logged_out');
  expect(login({ '.codex/auth.json': '{}' })).toBe('logged_in');
  expect(login({}, { OPENAI_API_KEY: 'x' })).toBe('logged_in');
  expect(login({ '.codex/config.toml': 'model_provider = "azure"' })).toBe('unknown');
});
