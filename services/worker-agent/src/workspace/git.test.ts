import { expect, test } from 'vitest';
import { gitEnv, progressOf, withoutCredentials } from './git.ts';

test('git gets what its user has set for credentials, and nothing that leads it elsewhere or asks', () => {
  const env = gitEnv({
    HOME: '/home/me',
    SSH_AUTH_SOCK: '/run/agent',
    SSH_ASKPASS: '/bin/ask',
    GIT_ASKPASS: '/bin/token',
    GIT_SSH_COMMAND: 'ssh -i key',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: 'x',
    GIT_DIR: '/elsewhere',
    GIT_WORK_TREE: '/elsewhere',
    GIT_INDEX_FILE: '/elsewhere',
    GIT_ALTERNATE_OBJECT_DIRECTORIES: '/elsewhere',
    GIT_EXTERNAL_DIFF: '/bin/x',
    GIT_TRACE_CURL: '/log',
    GIT_ALLOW_PROTOCOL: 'ext',
    GIT_TERMINAL_PROMPT: '1',
  });
  expect(env).toEqual({
    HOME: '/home/me',
    SSH_AUTH_SOCK: '/run/agent',
    GIT_ASKPASS: '/bin/token',
    GIT_SSH_COMMAND: 'ssh -i key',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: 'x',
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_ALLOW_PROTOCOL: 'https:ssh:file',
  });
});

test.each([
  ["unable to access 'https://me:hunter2@host/x/': no", "unable to access 'https://host/x/': no"],
  ['https://hunter2@host', 'https://host'],
  ['ssh://git@host/x and mail@example.com', 'ssh://host/x and mail@example.com'],
])('%s is said without its credential', (said, told) => {
  expect(withoutCredentials(said)).toBe(told);
});

test.each([
  ['Receiving objects:  45% (450/1000), 10.00 MiB | 5.00 MiB/s', 'receiving objects, 45 %'],
  ['remote: Counting objects: 100% (3/3), done.', 'counting objects, 100 %'],
  ['remote: Enumerating objects: 3, done.', null],
  ['fatal: 45% of nothing', null],
])('%s is progress: %s', (line, step) => {
  expect(progressOf(line)).toBe(step);
});
