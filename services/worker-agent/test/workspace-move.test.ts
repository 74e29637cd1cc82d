import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { branchOf } from '@cao/contracts';
import { expect, test } from 'vitest';
import { makeHost, type WorkspaceHost } from './support/host.ts';
import { type Ground, makeGround, makeRemote, type Remote } from './support/remote.ts';

const ID = 'a0000000';
const BRANCH = branchOf('cao-x', ID);

function twoHosts(ground: Ground) {
  const remote = makeRemote(ground);
  const hosts = { here: makeHost(ground, { name: 'here' }), there: makeHost(ground, { name: 'there' }) };
  return {
    remote,
    ...hosts,
    [Symbol.dispose]() {
      for (const host of Object.values(hosts)) host[Symbol.dispose]();
    },
  };
}

/** As a terminal goes from one host to the other. @returns its worktree there. */
async function move(ground: Ground, remote: Remote, from: WorkspaceHost, to: WorkspaceHost, name: string) {
  const bundle = join(ground.dir, `${name}.bundle`);
  const { work, marks } = await from.workspaces.pack(ID, bundle);
  const came = { marks, bundle: work === 'comes' ? bundle : null };
  return { work, came, path: await to.open(ID, { repo: remote.url }, came) };
}

/** What `git status` and the log say, and what is in the files. */
const stateOf = ({ git }: Ground, path: string) => ({
  status: git(path, 'status', '--porcelain'),
  head: git(path, 'rev-parse', 'HEAD'),
  branch: git(path, 'rev-parse', '--abbrev-ref', 'HEAD'),
});

test('commits, changes, new and removed files are on the other host as they were, and here nothing is changed', async () => {
  using ground = makeGround();
  using hosts = twoHosts(ground);
  const { remote, here, there } = hosts;
  remote.commit('main', 'removed', 'x');
  const path = await here.open(ID, { repo: remote.url });
  writeFileSync(join(path, 'committed'), 'c');
  ground.git(path, 'add', '--all');
  ground.git(path, 'commit', '--quiet', '--message', 'own');
  writeFileSync(join(path, 'committed'), 'changed');
  writeFileSync(join(path, 'new file'), 'n');
  rmSync(join(path, 'removed'));
  const before = stateOf(ground, path);
  const moved = await move(ground, remote, here, there, 'one');
  expect(moved.work).toBe('comes');
  expect(stateOf(ground, moved.path)).toEqual(before);
  expect(before).toMatchObject({ branch: BRANCH, status: 'M committed\n D removed\n?? "new file"' });
  expect(readFileSync(join(moved.path, 'committed'), 'utf8')).toBe('changed');
  expect(stateOf(ground, path)).toEqual(before);
  expect(await there.workspaces.list()).toMatchObject([{ changed: 3, unpushed: 1 }]);
});

test('one that comes back finds what it had elsewhere, and not what it left', async () => {
  using ground = makeGround();
  using hosts = twoHosts(ground);
  const { remote, here, there } = hosts;
  const path = await here.open(ID, { repo: remote.url });
  writeFileSync(join(path, 'first'), '1');
  const away = await move(ground, remote, here, there, 'one');
  writeFileSync(join(away.path, 'second'), '2');
  rmSync(join(away.path, 'first'));
  const back = await move(ground, remote, there, here, 'two');
  expect(back.path).toBe(path);
  expect(existsSync(join(path, 'first'))).toBe(false);
  expect(readFileSync(join(path, 'second'), 'utf8')).toBe('2');
  // Asked again, as after a restart, it is the same one.
  writeFileSync(join(path, 'third'), '3');
  await here.open(ID, { repo: remote.url }, back.came);
  expect(readFileSync(join(path, 'third'), 'utf8')).toBe('3');
});

test('what the remote has is fetched from there, also on the way back', async () => {
  using ground = makeGround();
  using hosts = twoHosts(ground);
  const { remote, here, there } = hosts;
  const path = await here.open(ID, { repo: remote.url });
  const away = await move(ground, remote, here, there, 'one');
  expect(away.work).toBe('saved');
  writeFileSync(join(away.path, 'pushed'), 'p');
  ground.git(away.path, 'add', '--all');
  ground.git(away.path, 'commit', '--quiet', '--message', 'own');
  ground.git(away.path, 'push', '--quiet', 'origin', 'HEAD');
  const back = await move(ground, remote, there, here, 'two');
  expect(back.work).toBe('saved');
  expect(readFileSync(join(path, 'pushed'), 'utf8')).toBe('p');
});

test('work of an earlier time on the other host is not written over', async () => {
  using ground = makeGround();
  using hosts = twoHosts(ground);
  const { remote, here, there } = hosts;
  const old = await there.open(ID, { repo: remote.url });
  writeFileSync(join(old, 'old'), 'o');
  const path = await here.open(ID, { repo: remote.url });
  writeFileSync(join(path, 'new'), 'n');
  await expect(move(ground, remote, here, there, 'one')).rejects.toThrow(
    /1 file not committed of an earlier time.*cao workspace remove a0000000 --force/,
  );
  expect(readFileSync(join(old, 'old'), 'utf8')).toBe('o');
});

test('a repository inside of it stays, and so does all of it', async () => {
  using ground = makeGround();
  using hosts = twoHosts(ground);
  const { remote, here } = hosts;
  const path = await here.open(ID, { repo: remote.url });
  ground.git(path, 'init', '--quiet', 'inner');
  writeFileSync(join(path, 'inner/x'), 'x');
  const packed = await here.workspaces.pack(ID, join(ground.dir, 'x.bundle'));
  expect(packed).toMatchObject({ work: 'stays', note: expect.stringContaining('inner/ is a repository') });
  expect(await here.workspaces.pack('b0000000', join(ground.dir, 'y.bundle'))).toEqual({
    work: 'none',
    marks: [],
    note: '',
  });
});

test('what was packed and never arrived is not written over by what comes later', async () => {
  using ground = makeGround();
  using hosts = twoHosts(ground);
  const { remote, here, there } = hosts;
  const path = await here.open(ID, { repo: remote.url });
  writeFileSync(join(path, 'only here'), 'x');
  await here.workspaces.pack(ID, join(ground.dir, 'lost.bundle'));
  // It went on without: its old host was not waited for.
  const without = await there.open(ID, { repo: remote.url });
  expect(existsSync(join(without, 'only here'))).toBe(false);
  writeFileSync(join(without, 'later'), 'y');
  await expect(move(ground, remote, there, here, 'back')).rejects.toThrow(
    /1 file not committed of an earlier time/,
  );
  expect(readFileSync(join(path, 'only here'), 'utf8')).toBe('x');
});

test('commits of its own branch that are not below what is checked out do not stay unseen: all of it stays', async () => {
  using ground = makeGround();
  using hosts = twoHosts(ground);
  const { remote, here } = hosts;
  const path = await here.open(ID, { repo: remote.url });
  ground.git(path, 'commit', '--quiet', '--allow-empty', '--message', 'own');
  ground.git(path, 'checkout', '--quiet', '-b', 'feature', 'HEAD^');
  writeFileSync(join(path, 'more'), 'm');
  const pack = () => here.workspaces.pack(ID, join(ground.dir, 'x.bundle'));
  expect(await pack()).toMatchObject({ work: 'stays', note: expect.stringContaining('has commits') });
  ground.git(path, 'merge', '--quiet', BRANCH);
  expect(await pack()).toMatchObject({ work: 'comes' });
});

test('a worktree that somebody has worked in since it was left is not written over', async () => {
  using ground = makeGround();
  using hosts = twoHosts(ground);
  const { remote, here, there } = hosts;
  const path = await here.open(ID, { repo: remote.url });
  writeFileSync(join(path, 'first'), '1');
  await move(ground, remote, here, there, 'one');
  writeFileSync(join(path, 'by a person'), 'p');
  await expect(move(ground, remote, there, here, 'two')).rejects.toThrow(/of an earlier time/);
  expect(readFileSync(join(path, 'by a person'), 'utf8')).toBe('p');
});
