import { expect, test } from 'vitest';
import { branchOf, gitRef, normaliseRepo, notRepo, ownerOf, repoName, workspaceBranch } from './workspace.ts';

test.each([
  'https://github.com/owner/repo',
  'https://git.example.com:8443/a/b.git',
  'ssh://git@github.com/owner/repo.git',
  'ssh://build.example.com:2222/srv/repo',
  'ssh://git@[::1]/repo',
  'git@github.com:owner/repo.git',
  'file:///srv/git/repo.git',
  '/srv/git/repo',
])('%s is a repository', (url) => {
  expect(notRepo(url)).toBeNull();
});

test.each([
  ['a program', 'ext::sh -c "touch /x"'],
  ['a program without a blank', 'ext::touch%20/x'],
  ['another remote helper', 'fd::17'],
  ['a helper before a URL', 'transport::https://host/repo'],
  ['an option', '--upload-pack=touch'],
  ['a short option', '-u/bin/x'],
  ['an option as the host', 'ssh://-oProxyCommand=x/repo'],
  ['an option as the host of the short form', 'git@-oProxyCommand=x:repo'],
  ['an option as the path', 'git@host:-x'],
  ['an option as the user', '-x@host:repo'],
  ['no encryption', 'http://host/repo'],
  ['a protocol without proof of who answers', 'git://host/repo'],
  ['a relative path', '../repo'],
  ['a home', '~/repo'],
  ['a file of another host', 'file://host/repo'],
  ['a line break', 'https://host/repo\n--x'],
  ['an escape', '/srv/\u001b[2J'],
  ['nothing', ''],
  ['a query', 'https://host/repo?token=hunter2'],
  ['too much', `/${'x'.repeat(1100)}`],
])('%s is none', (_, url) => {
  expect(notRepo(url)).not.toBeNull();
});

test.each([
  'https://user:hunter2@host/repo',
  'https://hunter2@host/repo',
  'ssh://git:hunter2@host/repo',
  'http://user:hunter2@host/repo',
])('a URL with a credential is refused with a better way, and not repeated', (url) => {
  expect(notRepo(url)).toMatch(/credential helper/);
  expect(notRepo(url)).not.toContain('hunter2');
});

test.each(['main', 'feature/x-1', 'v1.2.3', '0123456789abcdef', 'release@2', 'ünïcode', 'a.b/c'])(
  '%s is a ref',
  (ref) => {
    expect(gitRef.safeParse(ref).success).toBe(true);
  },
);

test.each([
  ...[
    '',
    '-b',
    '--exec=x',
    '/main',
    'main/',
    'main.',
    '.hidden',
    'a/.b',
    'a..b',
    'a//b',
    'a.lock',
    'a.lock/b',
  ],
  ...[
    'a b',
    'a\tb',
    'a~1',
    'a^',
    'a:b',
    'a?',
    'a*',
    'a[',
    'a\\b',
    '@',
    'a@{1}',
    'a\nb',
    'x'.repeat(256),
    '\ud800',
  ],
])('%j is none', (ref) => {
  expect(gitRef.safeParse(ref).success).toBe(false);
});

test.each([
  ['https://GitHub.com:443/Owner/Repo.git/', 'https://github.com/Owner/Repo'],
  ['ssh://git@Host:22//a/b.git', 'ssh://git@host/a/b'],
  ['git@Host:a/b.git', 'git@host:a/b'],
  ['/srv//git/x.git/', 'file:///srv/git/x.git'],
  ['/srv/100%', 'file:///srv/100%25'],
  ['file:///srv/git/x', 'file:///srv/git/x'],
])('%s is the mirror of %s', (url, same) => {
  expect(normaliseRepo(url)).toBe(same);
  expect(normaliseRepo(same)).toBe(same);
});

test.each([
  ['https://github.com/owner/Repo.git', 'Repo'],
  ['git@host:x', 'x'],
  ['/srv/..', 'repository'],
  ['https://host/a/.git', 'git'],
  ['https://host/~me/größe', 'gr__e'],
])('agents in a worktree of %s see a folder %s', (url, name) => {
  expect(repoName(url)).toBe(name);
});

test('a branch says whose it is, and nothing else is one of ours', () => {
  const branch = branchOf('cao-my-task', 'a1b2c3d4');
  expect(workspaceBranch.parse(branch)).toBe('cao/cao-my-task/a1b2c3d4');
  expect(ownerOf(branch)).toBe('a1b2c3d4');
  for (const other of ['main', 'cao/x', 'cao/../a1b2c3d4', 'cao/-x/a1b2c3d4', 'cao/x/A1B2C3D4'])
    expect(workspaceBranch.safeParse(other).success).toBe(false);
});
