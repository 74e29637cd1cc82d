import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OnClose } from '@cao/contracts';
import { expect, test } from 'vitest';
import { makeHost, type WorkspaceHost } from './support/host.ts';
import { type Ground, makeGround, makeRemote } from './support/remote.ts';

const ID = 'a0000000';
const BRANCH = `cao/cao-x/${ID}`;

type Work = 'nothing' | 'dirty' | 'unpushed' | 'pushed' | 'both' | 'ignored';

/** Leaves that in a worktree, as an agent would. */
function work(ground: Ground, path: string, what: Work): void {
  const commit = () => {
    writeFileSync(join(path, 'done'), 'x');
    ground.git(path, 'add', '--all');
    ground.git(path, 'commit', '--quiet', '--message', 'done');
  };
  if (what === 'unpushed' || what === 'pushed' || what === 'both') commit();
  if (what === 'pushed') ground.git(path, 'push', '--quiet', 'origin', 'HEAD');
  if (what === 'dirty' || what === 'both') writeFileSync(join(path, 'new file'), 'x');
  if (what === 'ignored') {
    writeFileSync(join(path, '.git-info-exclude'), '');
    const common = ground.git(path, 'rev-parse', '--path-format=absolute', '--git-common-dir');
    mkdirSync(join(common, 'info'), { recursive: true });
    writeFileSync(join(common, 'info/exclude'), '*\n');
  }
}

test.each<[OnClose, Work, string, boolean, boolean]>([
  // policy, work, what was done, worktree there, branch on the remote
  ['keep', 'nothing', 'kept', true, false],
  ['keep', 'dirty', 'kept', true, false],
  ['keep', 'unpushed', 'kept', true, false],
  ['push', 'nothing', 'removed', false, false],
  ['push', 'dirty', 'pushed', false, true],
  ['push', 'unpushed', 'pushed', false, true],
  ['push', 'both', 'pushed', false, true],
  ['push', 'pushed', 'removed', false, true],
  ['discard', 'nothing', 'removed', false, false],
  ['discard', 'ignored', 'removed', false, false],
  ['discard', 'dirty', 'kept', true, false],
  ['discard', 'unpushed', 'kept', true, false],
  ['discard', 'pushed', 'removed', false, true],
])('%s with %s work: %s', async (onClose, what, did, there, onRemote) => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  const path = await host.open(ID, { repo: remote.url, on_close: onClose });
  work(ground, path, what);
  const outcome = await host.workspaces.settle(ID);
  expect(outcome?.did).toBe(did);
  expect(existsSync(path)).toBe(there);
  expect(remote.branches().includes(BRANCH)).toBe(onRemote);
  if (there) expect(outcome?.note).toContain(path);
  if (onClose === 'discard' && there) expect(outcome?.note).toContain(`cao workspace remove ${ID} --force`);
  if (what === 'dirty' && onRemote) {
    expect(ground.git(remote.dir, 'show', `${BRANCH}:new file`)).toBe('x');
    expect(ground.git(remote.dir, 'log', '-1', '--format=%s', BRANCH)).toBe(
      `Work in progress of terminal ${ID}`,
    );
  }
});

test('a push that is refused keeps everything and says why', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  const path = await host.open(ID, { repo: remote.url, on_close: 'push' });
  work(ground, path, 'both');
  const refuse = join(remote.dir, 'hooks/pre-receive');
  mkdirSync(join(remote.dir, 'hooks'), { recursive: true });
  writeFileSync(refuse, '#!/bin/sh\necho not today >&2\nexit 1\n', { mode: 0o755 });
  const outcome = await host.workspaces.settle(ID);
  expect(outcome?.did).toBe('kept');
  expect(outcome?.note).toMatch(/not pushed: git push failed.*2 commits not pushed/s);
  expect(readFileSync(join(path, 'new file'), 'utf8')).toBe('x');
});

test('commits on another branch than ours, and without a branch, count', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  for (const [id, ...checkout] of [
    ['a0000001', '-b', 'feature'],
    ['a0000002', '--detach'],
  ] as const) {
    const path = await host.open(id, { repo: remote.url, on_close: 'discard' });
    ground.git(path, 'checkout', '--quiet', ...checkout);
    work(ground, path, 'unpushed');
    expect(await host.workspaces.settle(id)).toMatchObject({ did: 'kept' });
  }
});

test('a repository that an agent made inside is not lost by a push', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  const path = await host.open(ID, { repo: remote.url, on_close: 'push' });
  work(ground, path, 'dirty');
  ground.git(path, 'init', '--quiet', 'inner');
  writeFileSync(join(path, 'inner/work'), 'x');
  ground.git(join(path, 'inner'), 'add', '--all');
  ground.git(join(path, 'inner'), 'commit', '--quiet', '--message', 'inner work');
  const outcome = await host.workspaces.settle(ID);
  expect(outcome).toMatchObject({ did: 'kept', note: expect.stringContaining('inner/ is a repository') });
  expect(existsSync(join(path, 'inner/work'))).toBe(true);
  expect(ground.git(remote.dir, 'ls-tree', '--name-only', BRANCH)).toBe('README.md\nnew file');
});

test('unpushed work is removed by force alone, and a worktree in use not even then', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  const path = await host.open(ID, { repo: remote.url });
  work(ground, path, 'both');
  const remove = (force: boolean, dryRun = false) => host.workspaces.remove(ID, { force, dryRun });
  await expect(remove(false)).rejects.toThrow('1 commit not pushed, 1 file not committed');
  host.busy.add(ID);
  await expect(remove(true)).rejects.toThrow('a terminal works in');
  host.busy.clear();
  await remove(true, true);
  expect(existsSync(path)).toBe(true);
  await remove(true);
  expect(existsSync(path)).toBe(false);
  expect(await host.workspaces.list()).toEqual([]);
  await expect(remove(true)).rejects.toMatchObject({ code: 'not_found' });
});

test('a conversation that goes on finds its worktree, or its branch', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  const order = { repo: remote.url, on_close: 'push' as const, branch: BRANCH };
  const path = await host.open(ID, order);
  work(ground, path, 'dirty');
  await host.workspaces.settle(ID);
  expect(existsSync(path)).toBe(false);
  // Another terminal, the same branch: the same folder, with what was pushed.
  expect(await host.open('a0000009', order)).toBe(path);
  expect(readFileSync(join(path, 'new file'), 'utf8')).toBe('x');
});

/** As if nobody had used it for so long. */
function age(host: WorkspaceHost, ground: Ground, id: string, days: number): void {
  const file = join(host.stateDir, 'workspaces/trees', id, 'workspace.json');
  const at = new Date(Date.now() - days * 86_400_000);
  const record = JSON.parse(readFileSync(file, 'utf8')) as { mirror: string };
  writeFileSync(file, JSON.stringify({ ...record, usedAt: at.toISOString() }));
  utimesSync(join(record.mirror, 'cao.json'), at, at);
  void ground;
}

test('a collection removes what is old and saved, names what is not, and then the mirror', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  const { workspaces } = host;
  const ids = ['a0000001', 'a0000002', 'a0000003', 'a0000004'];
  const [, unsaved, busy] = await Promise.all(ids.map((id) => host.open(id, { repo: remote.url })));
  work(ground, unsaved!, 'unpushed');
  for (const id of ids.slice(0, 3)) age(host, ground, id, 20);
  host.busy.add('a0000003');
  const dry = await workspaces.collect({ dryRun: true });
  expect(dry).toMatchObject({ removed: [{ id: 'a0000001' }], mirrors_removed: [] });
  expect(await workspaces.list()).toHaveLength(4);
  const real = await workspaces.collect({ dryRun: false });
  expect(real.removed.map(({ id }) => id)).toEqual(['a0000001']);
  expect(Object.fromEntries(real.kept.map(({ id, why }) => [id, why]))).toEqual({
    a0000002: expect.stringMatching(new RegExp(`1 commit not pushed.*${unsaved}.*--force`)),
    a0000003: 'a terminal works in it',
    a0000004: expect.stringContaining('kept for 14 days'),
  });
  expect(real.kept.find(({ id }) => id === 'a0000002')?.size_bytes).toBeGreaterThan(0);
  expect(existsSync(busy!)).toBe(true);

  host.busy.clear();
  await workspaces.remove('a0000002', { force: true, dryRun: false });
  const last = await workspaces.collect({ days: 0, dryRun: false });
  expect(last.removed).toHaveLength(2);
  expect(last.mirrors_removed).toEqual([remote.url]);
  expect(workspaces.warm()).toEqual([]);
});

test('a mirror with a branch or a stash that is nowhere else stays', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  using host = makeHost(ground);
  const path = await host.open(ID, { repo: remote.url, on_close: 'discard' });
  writeFileSync(join(path, 'README.md'), 'changed');
  ground.git(path, 'stash');
  expect(await host.workspaces.settle(ID)).toMatchObject({ did: 'removed' });
  expect((await host.workspaces.collect({ days: 0, dryRun: false })).mirrors_removed).toEqual([]);
});

test('a full disk takes what is saved before its time, the oldest first, and not what was just used', async () => {
  using ground = makeGround();
  const remote = makeRemote(ground);
  // Any disk is fuller than this.
  using host = makeHost(ground, { diskPercent: 0 });
  const ids = ['a0000001', 'a0000002', 'a0000003'];
  const [, unsaved] = await Promise.all(ids.map((id) => host.open(id, { repo: remote.url })));
  work(ground, unsaved!, 'dirty');
  age(host, ground, 'a0000001', 1);
  age(host, ground, 'a0000002', 2);
  const { removed, kept } = await host.workspaces.collect({ dryRun: false });
  expect(removed.map(({ id }) => id)).toEqual(['a0000001']);
  expect(kept.map(({ id }) => id)).toEqual(['a0000002', 'a0000003']);
});
