import { CaoError } from '@cao/contracts';
import { expect, test } from 'vitest';
import { cao } from './support/cao.ts';
import { startFakeApi } from './support/fake-api.ts';
import { TERMINAL, workspaceView } from './support/views.ts';

test('workspace list says what only that host has, and which hosts could not be asked', async () => {
  await using fake = await startFakeApi({
    'workspaces.list': () => ({
      workspaces: [workspaceView(), workspaceView({ id: 'b0000000', changed: 0, unpushed: 0, in_use: true })],
      away: ['tower'],
    }),
  });
  const { code, stdout, stderr } = await cao(['workspace', 'list', '--host', 'laptop'], { url: fake.url });
  expect(code).toBe(0);
  expect(fake.calls[0]?.query).toEqual({ host: 'laptop' });
  const [, first, second] = stdout.split('\n');
  expect(first).toMatch(
    /a1b2c3d4 +laptop +cao\/cao-my-task\/a1b2c3d4 .* 3 MB +2 unpushed, 1 uncommitted +\/home/,
  );
  expect(second).toMatch(/b0000000 .* now +3 MB +– +\/home/);
  expect(stderr).toContain('not asked: tower');
  const json = await cao(['workspace', 'list', '--json'], { url: fake.url });
  expect(JSON.parse(json.stdout)).toMatchObject({ workspaces: [{ id: TERMINAL }, {}], away: ['tower'] });
});

test('workspace gc reports what went, and what stays with what to do', async () => {
  await using fake = await startFakeApi({
    'workspaces.collect': () => ({
      hosts: [
        {
          host_id: 'beefbeef',
          host_name: 'laptop',
          dry_run: true,
          disk_used_percent: 40,
          removed: [workspaceView({ id: 'b0000000' })],
          kept: [{ ...workspaceView(), why: 'it has 2 commits not pushed: push it' }],
          mirrors_removed: ['https://git.example.com/old'],
        },
      ],
      away: [],
    }),
  });
  const { stdout } = await cao(['workspace', 'gc', '--dry-run', '--days', '3'], { url: fake.url });
  expect(fake.calls[0]?.body).toEqual({ dry_run: true, days: 3 });
  expect(stdout).toContain('would remove 1 of 2 worktrees, 3 MB');
  expect(stdout).toContain('would remove the mirror laptop: https://git.example.com/old');
  expect(stdout).toMatch(/Kept:\n.*\na1b2c3d4 .*it has 2 commits not pushed: push it/);
});

test('workspace remove is refused with the reason, and forced only when told so', async () => {
  await using fake = await startFakeApi({
    'workspaces.remove': ({ query }) => {
      if (query.force) return { workspace: workspaceView() };
      throw new CaoError('conflict', 'workspace a1b2c3d4 has 2 commits not pushed');
    },
  });
  const refused = await cao(['workspace', 'remove', TERMINAL], { url: fake.url });
  expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('2 commits not pushed') });
  const forced = await cao(['workspace', 'remove', TERMINAL, '--force'], { url: fake.url });
  expect(forced).toMatchObject({ code: 0, stderr: expect.stringContaining('removed /home/me') });
});
