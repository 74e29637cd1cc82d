import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaoError } from '@cao/contracts';
import { expect, test } from 'vitest';
import { cao, tempHome } from './support/cao.ts';
import { startFakeApi } from './support/fake-api.ts';
import { sessionView, TERMINAL, terminalView } from './support/views.ts';

const profile = {
  name: 'dev',
  description: '',
  providers: [],
  role: null,
  built_in: false,
  updated_at: null,
};

test('a login link logs in: the token is kept for its owner alone, and used from then on', async () => {
  using home = tempHome();
  await using fake = await startFakeApi({
    'access.login': ({ body }) => {
      if ((body as { code: string }).code !== 'caol_x')
        throw new CaoError('unauthenticated', 'this login code was used already');
      return { token: 'caot_new', scope: 'admin', expires_at: '2026-01-02T03:04:05.000Z' };
    },
    'access.whoami': () => ({ scope: 'admin', name: 'login', terminal_id: null, caller_id: null }),
    'sessions.list': () => ({ sessions: [] }),
  });
  const used = await cao(['login', `${fake.url}/login#caol_used`], { home: home.dir });
  expect(used).toMatchObject({ code: 3, stdout: '' });
  const { code, stderr } = await cao(['login', `${fake.url}/login#caol_x`], { home: home.dir });
  expect({ code, stderr }).toEqual({ code: 0, stderr: `logged in to ${fake.url} as login (admin)\n` });
  expect(statSync(join(home.dir, 'cli.json')).mode & 0o777).toBe(0o600);
  await cao(['session', 'list'], { home: home.dir });
  expect(fake.calls.at(-1)).toMatchObject({ name: 'sessions.list', token: 'caot_new' });
});

test('a token from stdin is stored, and not sent to another server', async () => {
  using home = tempHome();
  await using fake = await startFakeApi({
    'access.whoami': () => ({ scope: 'viewer', name: 'ci', terminal_id: null, caller_id: null }),
  });
  await using other = await startFakeApi({ 'hosts.list': () => ({ hosts: [] }) });
  await cao(['login', fake.url, '--token', '-'], { home: home.dir, input: 'caot_ci\n' });
  expect(JSON.parse(readFileSync(join(home.dir, 'cli.json'), 'utf8'))).toEqual({
    url: fake.url,
    token: 'caot_ci',
  });
  await cao(['host', 'list'], { home: home.dir, env: { CAO_URL: other.url } });
  expect(other.calls[0]?.token).toBeUndefined();
});

test('login --link and host invite print one line to use', async () => {
  await using fake = await startFakeApi({
    'access.createLoginLink': () => ({ code: 'caol_y', expires_at: '2026-01-02T03:04:05.000Z' }),
    'hosts.createJoinToken': () => ({ token: 'caoj_y', expires_at: '2026-01-02T03:04:05.000Z' }),
  });
  expect((await cao(['login', '--link'], { url: fake.url })).stdout).toBe(`${fake.url}/login#caol_y\n`);
  expect((await cao(['host', 'invite'], { url: fake.url })).stdout).toBe(
    `cao host join ${fake.url} --token caoj_y\n`,
  );
});

test('install puts the file under the name of its front matter, with the provider that is asked for', async () => {
  using home = tempHome();
  const file = join(home.dir, 'other.md');
  writeFileSync(file, '---\nname: dev\n---\nYou write code.\n');
  await using fake = await startFakeApi({ 'profiles.put': () => ({ profile }) });
  const { code } = await cao(['install', file, '--provider', 'scripted'], { url: fake.url });
  expect(code).toBe(0);
  expect(fake.calls[0]).toMatchObject({
    params: { name: 'dev' },
    body: { content: '---\nname: dev\nprovider: scripted\n---\nYou write code.\n' },
  });
});

test('an install that fails does not exit 0', async () => {
  await using fake = await startFakeApi({ 'profiles.list': () => ({ profiles: [] }) });
  expect(await cao(['install', './absent.md'], { url: fake.url })).toMatchObject({ code: 4 });
  expect(await cao(['install', 'http://github.com/o/r/blob/main/a.md'], { url: fake.url })).toMatchObject({
    code: 2,
  });
  expect(await cao(['install', 'absent'], { url: fake.url })).toMatchObject({ code: 4 });
});

test('shutdown --all goes on past a failure, tells each, and does not exit 0', async () => {
  await using fake = await startFakeApi({
    'sessions.list': () => ({
      sessions: ['cao-a', 'cao-b', 'cao-c'].map((name) => ({ ...sessionView({ name }), terminals: [] })),
    }),
    'sessions.shutdown': ({ params }) => {
      if (params.name === 'cao-a') throw new CaoError('unavailable', 'the database is restarting');
      if (params.name === 'cao-b') throw new CaoError('not_found', 'there is no session cao-b');
      return { session: sessionView({ name: 'cao-c', state: 'closed' }), remaining: [] };
    },
  });
  const { code, stdout } = await cao(['shutdown', '--all'], { url: fake.url });
  expect(stdout.split('\n')).toEqual([
    'cao-a: the database is restarting',
    'cao-b: already removed',
    'cao-c: ended',
    '',
  ]);
  expect(code).toBe(6);
});

test('shutdown asks again while something remains', async () => {
  let asked = 0;
  await using fake = await startFakeApi({
    'sessions.shutdown': () => ({ session: sessionView(), remaining: ++asked < 3 ? [terminalView()] : [] }),
  });
  const { code, stdout } = await cao(['shutdown', '--session', 'my-task', '--json'], { url: fake.url });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ sessions: [{ name: 'cao-my-task', result: 'ended', remaining: [] }] });
  expect(asked).toBe(3);
});

test('keys go to the pane in order, and a word that is no key is refused', async () => {
  await using fake = await startFakeApi({ 'terminals.keys': () => ({ ok: true }) });
  await cao(['terminal', 'keys', TERMINAL, 'Down', 'Enter', '-', 'C-c'], { url: fake.url });
  expect(fake.calls[0]?.body).toEqual({ keys: ['Down', 'Enter', '-', 'C-c'] });
  expect(await cao(['terminal', 'keys', TERMINAL, 'hello'], { url: fake.url })).toMatchObject({ code: 2 });
});
