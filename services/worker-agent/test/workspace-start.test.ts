import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { makeHost } from './support/host.ts';
import { makeGround, makeRemote } from './support/remote.ts';

const CLONER = fileURLToPath(new URL('./programs/cloner.ts', import.meta.url));
const ids = Array.from({ length: 10 }, (_, n) => `a000000${n}`);
const mirrorsOf = (stateDir: string) => readdirSync(join(stateDir, 'workspaces/mirrors'));

test('ten terminals at once make one clone, and each has a worktree on a branch of its own', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  const paths = await Promise.all(ids.map((id) => host.open(id, { repo: remote.url })));
  expect(mirrorsOf(host.stateDir)).toHaveLength(1);
  expect(new Set(paths).size).toBe(10);
  expect(paths.map((path) => ground.git(path, 'branch', '--show-current'))).toEqual(
    ids.map((id) => `cao/cao-x/${id}`),
  );
  for (const path of paths) {
    expect(readFileSync(join(path, 'README.md'), 'utf8')).toBe('hello\n');
    expect(ground.git(path, 'status', '--porcelain')).toBe('');
  }
  // Those who waited for the clone heard how it goes as well.
  for (const id of ids)
    expect(host.told.some(({ terminal, state }) => terminal === id && state === 'preparing')).toBe(true);
  expect(host.workspaces.warm()).toEqual([remote.url]);
});

test('a start sees what the remote has by then, and a branch goes before a tag of the same name', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  await host.open('a0000000', { repo: remote.url });
  const tagged = remote.commit('release', 'a', '1');
  ground.git(remote.dir, 'tag', 'v1', tagged);
  const later = remote.commit('release', 'a', '2');
  ground.git(remote.dir, 'tag', 'release', tagged);
  const head = async (id: string, ref: string | null) =>
    ground.git(await host.open(id, { repo: remote.url, ref }), 'rev-parse', 'HEAD');
  expect(await head('a0000001', 'release')).toBe(later);
  expect(await head('a0000002', 'v1')).toBe(tagged);
  expect(await head('a0000003', tagged)).toBe(tagged);
  expect(await head('a0000004', tagged.slice(0, 10))).toBe(tagged);
  // The default branch of the remote became another one.
  ground.git(remote.dir, 'symbolic-ref', 'HEAD', 'refs/heads/release');
  expect(await head('a0000005', null)).toBe(later);
});

test('a warm start fetches what is new, and nothing else', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  await host.open('a0000000', { repo: remote.url });
  const mirror = join(host.stateDir, 'workspaces/mirrors', mirrorsOf(host.stateDir)[0]!);
  const objects = () =>
    ground.git(mirror, 'cat-file', '--batch-all-objects', '--batch-check=%(objectname)').split('\n').length;
  const before = objects();
  remote.commit('main', 'new', 'x');
  expect(existsSync(join(await host.open('a0000001', { repo: remote.url }), 'new'))).toBe(true);
  // A commit, its tree and its blob.
  expect(objects()).toBe(before + 3);
});

test('ssh is the one of the user, with its options, and cannot ask', async () => {
  using ground = makeGround();
  const ssh = join(ground.dir, 'ssh');
  writeFileSync(
    ssh,
    `#!/bin/sh\necho "$@" >>${ground.dir}/asked\n(: </dev/tty) 2>/dev/null && echo a terminal >>${ground.dir}/asked\necho Host key verification failed. >&2\nexit 255\n`,
    { mode: 0o755 },
  );
  ground.env.GIT_SSH_COMMAND = `${ssh} -i key`;
  using host = makeHost(ground);
  await expect(host.open('a0000000', { repo: 'git@git.example.com:team/app.git' })).rejects.toThrow(
    /Host key verification failed.*connect to it once by ssh/,
  );
  const asked = readFileSync(join(ground.dir, 'asked'), 'utf8');
  expect(asked).toMatch(/-i key -oBatchMode=yes .*git@git\.example\.com git-upload-pack 'team\/app\.git'/);
  expect(asked).not.toContain('a terminal');
});

test('a ref that is not there, or no more, is said by name, and leaves nothing', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  remote.commit('gone', 'a', '1');
  await host.open('a0000000', { repo: remote.url, ref: 'gone' });
  ground.git(remote.dir, 'branch', '-D', 'gone');
  await expect(host.open('a0000001', { repo: remote.url, ref: 'gone' })).rejects.toThrow(
    'the repository has no branch, tag or commit gone',
  );
  expect(existsSync(join(host.stateDir, 'workspaces/trees/a0000001'))).toBe(false);
  // Who began there works on.
  expect(await host.open('a0000000', { repo: remote.url, ref: 'gone' })).toContain('a0000000');
});

test('a worker begins at the branch of its requester, where the host or the remote has it', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  using other = makeHost(ground, { name: 'other' });
  const path = await host.open('a0000000', { repo: remote.url });
  writeFileSync(join(path, 'plan.md'), 'first this');
  ground.git(path, 'add', '--all');
  ground.git(path, 'commit', '--quiet', '--message', 'a plan');
  const from = 'cao/cao-x/a0000000';
  const worker = await host.open('a0000001', { repo: remote.url, from });
  expect(readFileSync(join(worker, 'plan.md'), 'utf8')).toBe('first this');
  // Its requester's commits are not its own work.
  expect((await host.workspaces.list()).map(({ id, unpushed }) => [id, unpushed])).toEqual([
    ['a0000000', 1],
    ['a0000001', 0],
  ]);
  const far = await other.open('a0000002', { repo: remote.url, from });
  expect(existsSync(join(far, 'plan.md'))).toBe(false);
  ground.git(path, 'push', '--quiet', 'origin', 'HEAD');
  const near = await other.open('a0000003', { repo: remote.url, from });
  expect(readFileSync(join(near, 'plan.md'), 'utf8')).toBe('first this');
});

test('a clone that is killed in the middle is never used', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  const root = join(ground.dir, 'state/workspaces/mirrors');
  const args = ['--conditions=@cao/source', CLONER, root, remote.url, 'agent.clone.before-rename=kill'];
  await expect(promisify(execFile)(process.execPath, args, { env: ground.env })).rejects.toMatchObject({
    signal: 'SIGKILL',
  });
  expect(readdirSync(root)).toEqual([expect.stringMatching(/\.new$/)]);
  using host = makeHost(ground);
  expect(mirrorsOf(host.stateDir)).toEqual([]);
  expect(host.workspaces.warm()).toEqual([]);
  const path = await host.open('a0000000', { repo: remote.url });
  expect(ground.git(path, 'fsck', '--no-progress')).not.toMatch(/missing|broken/);
});

test('a worktree whose files were not all there is made anew', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  const record = join(ground.dir, 'state/workspaces/trees/a0000000/workspace.json');
  {
    using host = makeHost(ground);
    const path = await host.open('a0000000', { repo: remote.url });
    rmSync(join(path, 'README.md'));
    writeFileSync(record, JSON.stringify({ ...JSON.parse(readFileSync(record, 'utf8')), ready: false }));
  }
  using host = makeHost(ground);
  const path = await host.open('a0000000', { repo: remote.url });
  expect(existsSync(join(path, 'README.md'))).toBe(true);
});

test('nothing that lies in a repository or its mirror is run by us', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  const hook = (dir: string, name: string) => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, name), `#!/bin/sh\ntouch ${ground.dir}/ran-${name}\n`, { mode: 0o755 });
  };
  const path = await host.open('a0000000', { repo: remote.url, on_close: 'push' });
  const common = ground.git(path, 'rev-parse', '--path-format=absolute', '--git-common-dir');
  for (const name of ['post-checkout', 'pre-commit', 'commit-msg', 'pre-push', 'reference-transaction'])
    hook(join(common, 'hooks'), name);
  hook(ground.dir, 'fsmonitor');
  ground.git(path, 'config', 'core.fsmonitor', join(ground.dir, 'fsmonitor'));
  await host.open('a0000001', { repo: remote.url });
  writeFileSync(join(path, 'new'), 'x');
  expect(await host.workspaces.settle('a0000000')).toMatchObject({ did: 'pushed' });
  expect(readdirSync(ground.dir).filter((name) => name.startsWith('ran-'))).toEqual([]);
});

test.each([
  ['a repository that is not there', 'file:///nowhere/at-all', 'git fetch failed'],
  ['a host that cannot be', 'https://host.invalid/a/b', 'git fetch failed'],
])('%s is said, with what git said', async (_, repo, says) => {
  using ground = makeGround();
  using host = makeHost(ground);
  await expect(host.open('a0000000', { repo })).rejects.toThrow(says);
  expect(mirrorsOf(host.stateDir)).toEqual([]);
});

test('what the user put into the configuration of git shows nowhere', async () => {
  using ground = makeGround();
  writeFileSync(
    ground.env.GIT_CONFIG_GLOBAL!,
    '[url "https://me:hunter2@host.invalid/"]\ninsteadOf = https://git.example.com/\n',
  );
  using host = makeHost(ground);
  await expect(host.open('a0000000', { repo: 'https://git.example.com/a' })).rejects.toThrow('host.invalid');
  expect(JSON.stringify(host.told)).not.toContain('hunter2');
});

test('a worktree that fails while the disk takes nothing may be made by another host', async () => {
  using ground = makeGround();
  using host = makeHost(ground);
  const failed = () => host.told.filter(({ state }) => state === 'failed').map(({ elsewhere }) => elsewhere);
  const open = (id: string) => host.open(id, { repo: 'file:///nowhere/at-all' });
  await expect(open('a0000000')).rejects.toThrow('git fetch failed');
  expect(failed()).toEqual([false]);
  const probe = join(host.stateDir, 'disk-probe');
  mkdirSync(probe);
  expect(host.disk.attempt(() => writeFileSync(probe, ''))).toBe(false);
  await expect(open('a0000001')).rejects.toThrow('git fetch failed');
  expect(failed()).toEqual([false, true]);
});
