import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { afterEach, expect, test } from 'vitest';
import { writePlanFiles } from './plan-files.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function userAndDir(users: string | null): { source: string; dir: string } {
  const folder = mkdtempSync(join(tmpdir(), 'cao-plan-'));
  folders.push(folder);
  const [source, dir] = [join(folder, 'config.json'), join(folder, 'private')];
  mkdirSync(dir);
  if (users !== null) writeFileSync(source, users);
  return { source, dir };
}
const copyOf = (users: string | null) => {
  const { source, dir } = userAndDir(users);
  const copies = [{ path: 'cli/config.json', source, add: { trusted: ['/work'] } }];
  writePlanFiles({ files: [], copies }, { dir, keepDir: '/none' }, (text) => text);
  const path = join(dir, 'cli/config.json');
  return { source, path, content: JSON.parse(readFileSync(path, 'utf8')) as unknown };
};

test("a copy has what is the user's with ours on top, and leaves the user's as it is", () => {
  const users = '// managed, see https://example.org\n{"login":"http://a","trusted":["/else"]}';
  const { source, path, content } = copyOf(users);
  expect(content).toEqual({ login: 'http://a', trusted: ['/work'] });
  expect(readFileSync(source, 'utf8')).toBe(users);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a copy of TOML mixes tables; ours, then theirs, then what counts without both', () => {
  const { source, dir } = userAndDir(null);
  const users = source.replace('.json', '.toml');
  writeFileSync(
    users,
    `model = "theirs" # of their choice
approval = "never"
[features]
ours = true
theirs = true
[servers.secret]
key = "k"
[[hooks.Stop]]
command = "c"
[projects."/else"]
trust = "trusted"
`,
  );
  const copy = {
    path: 'cli/config.toml',
    source: users,
    add: { features: { ours: false }, list: ['a'] },
    defaults: { approval: 'asks', sandbox: 'closed', projects: { '/work': { trust: 'untrusted' } } },
    without: ['servers'],
  };
  writePlanFiles({ files: [], copies: [copy] }, { dir, keepDir: '/none' }, (text) => text);
  expect(parse(readFileSync(join(dir, 'cli/config.toml'), 'utf8'))).toEqual({
    model: 'theirs',
    approval: 'never',
    sandbox: 'closed',
    list: ['a'],
    features: { ours: false, theirs: true },
    hooks: { Stop: [{ command: 'c' }] },
    projects: { '/else': { trust: 'trusted' }, '/work': { trust: 'untrusted' } },
  });
});

test.each([
  ['is not there', null],
  ['cannot be read', '{"half'],
  ['is something else', '[1]'],
])('a copy is ours alone when the file of the user %s', (_, users) => {
  expect(copyOf(users).content).toEqual({ trusted: ['/work'] });
});

test('secrets come into files, which only their owner may read; links are made to what is there', () => {
  const { source, dir } = userAndDir('{"of":"the user"}');
  const keepDir = join(dir, '../keep');
  const files = [{ path: 'a/hook.sh', content: 'Bearer %T%', executable: true }];
  const links = [
    { path: 'a/config.json', target: source },
    { path: 'a/none', target: `${source}.none` },
    { path: 'a/kept', target: join(keepDir, 'sessions') },
  ];
  writePlanFiles({ files, links }, { dir, keepDir }, (text) => text.replace('%T%', 'secret'));
  expect(readFileSync(join(dir, 'a/hook.sh'), 'utf8')).toBe('Bearer secret');
  expect(statSync(join(dir, 'a/hook.sh')).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(dir, 'a/config.json'), 'utf8')).toBe('{"of":"the user"}');
  expect(() => statSync(join(dir, 'a/none'))).toThrow(/ENOENT/);
  // What is kept for later terminals begins empty.
  writeFileSync(join(dir, 'a/kept/x'), 'y');
  expect(readFileSync(join(keepDir, 'sessions/x'), 'utf8')).toBe('y');
});
