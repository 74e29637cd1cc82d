import { expect, test } from 'vitest';
import { cao, startCao } from './support/cao.ts';
import { type Handler, startFakeApi } from './support/fake-api.ts';
import {
  ended,
  eventView,
  hostView,
  messageView,
  sessionView,
  TERMINAL,
  terminalView,
} from './support/views.ts';

const launched = (message: boolean) => ({
  session: sessionView(),
  terminal: terminalView({ lifecycle: 'placing', status: 'starting', host_id: null, host_name: null }),
  message: message ? messageView() : null,
});
const usual: Record<string, Handler> = {
  'sessions.create': ({ body }) => launched((body as { message?: string }).message !== undefined),
  'hosts.list': () => ({ hosts: [hostView()] }),
  'terminals.get': () => ({ terminal: terminalView() }),
  'terminals.waitMessage': () => ({ message: ended(), terminal: terminalView() }),
  'terminals.output': ({ query }) => ({ mode: query.mode, output: 'done' }),
};

test('every flag reaches the api under its own name, and what is not given is not sent', async () => {
  await using fake = await startFakeApi(usual);
  const all = [
    ...['--agents', 'developer', '--session-name', 'my-task', '--provider', 'scripted', '--host', 'laptop'],
    ...[
      '--label',
      'gpu',
      '--label',
      'big',
      '--working-directory',
      '/srv',
      '--allowed-tools',
      'fs_read,fs_list',
    ],
    ...['--on-host-lost', 'restart', '--apart', '--yolo', '--auto-approve', '--async', 'Hello'],
  ];
  const { code, stdout, stderr } = await cao(['launch', ...all], { url: fake.url });
  expect({ code, stdout }).toEqual({ code: 0, stdout: `cao-my-task ${TERMINAL}\n` });
  expect(stderr).toContain('warning: --yolo');
  await cao(['launch', '--agents', 'developer', '--json'], { url: fake.url });
  expect(fake.calls.map((call) => call.body)).toEqual([
    {
      agent_profile: 'developer',
      session_name: 'my-task',
      provider: 'scripted',
      host: 'laptop',
      labels: ['gpu', 'big'],
      working_directory: '/srv',
      allowed_tools: ['fs_read', 'fs_list'],
      on_host_lost: 'restart',
      apart: true,
      yolo: true,
      message: 'Hello',
    },
    { agent_profile: 'developer', yolo: false },
  ]);
});

test('a repository, where to begin and what to do in the end reach the api; a URL with a secret does not', async () => {
  await using fake = await startFakeApi(usual);
  const repo = 'git@git.example.com:team/app.git';
  const args = ['launch', '--agents', 'developer', '--async', '--on-close', 'push', '--ref', 'v1'];
  await cao([...args, '--repo', repo], { url: fake.url });
  expect(fake.calls[0]?.body).toEqual({
    agent_profile: 'developer',
    yolo: false,
    repo,
    ref: 'v1',
    on_close: 'push',
  });
  const refused = await cao([...args, '--repo', 'https://x:hunter2@git.example.com/app'], { url: fake.url });
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('credential helper') });
  expect(refused.stderr).not.toContain('hunter2');
  expect(fake.calls).toHaveLength(1);
});

test('--headless with a message shows how it starts and prints the answer', async () => {
  let live = false;
  await using fake = await startFakeApi({
    ...usual,
    'terminals.get': () => ({ terminal: live ? terminalView() : launched(true).terminal }),
  });
  await using running = startCao(['launch', '--agents', 'developer', '--headless', 'Hello'], {
    url: fake.url,
  });
  expect(await fake.request('subscribe')).toEqual({ t: 'subscribe', session: 'cao-my-task', after: 0 });
  fake.push({ t: 'event', event: eventView(1, 'terminal.waiting', { reason: 'every host is full' }) });
  await running.says('waits: every host is full');
  live = true;
  fake.push({ t: 'event', event: eventView(2, 'terminal.live') });
  expect(await running.ended).toMatchObject({ code: 0, stdout: 'done\n' });
});

test('a terminal that cannot start ends the launch with its reason', async () => {
  await using fake = await startFakeApi({
    ...usual,
    'terminals.get': () => ({
      terminal: terminalView({ lifecycle: 'closed', reason: 'claude is not installed' }),
    }),
  });
  const { code, stderr } = await cao(['launch', '--agents', 'developer', '--headless', 'Hello'], {
    url: fake.url,
  });
  expect(code).toBe(4);
  expect(stderr).toContain(`terminal ${TERMINAL} could not start: claude is not installed`);
});
