import { expect, test } from 'vitest';
import { startCao } from './support/cao.ts';
import { startFakeApi } from './support/fake-api.ts';
import { eventView, hostView, sessionView } from './support/views.ts';

const answers = {
  'sessions.get': () => ({ session: sessionView() }),
  'hosts.list': () => ({ hosts: [hostView()] }),
};
const start = () =>
  startFakeApi({ ...answers, 'sessions.get': () => ({ session: sessionView(), terminals: [] }) });

test('events are JSON lines until the session closes', async () => {
  await using fake = await start();
  await using running = startCao(['session', 'watch', 'my-task', '--json'], { url: fake.url });
  expect(await fake.request('subscribe')).toEqual({ t: 'subscribe', session: 'cao-my-task' });
  fake.push({ t: 'event', event: eventView(101, 'terminal.live') });
  fake.push({ t: 'event', event: eventView(102, 'session.closed') });
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id),
  ).toEqual([101, 102]);
});

test('a broken connection is taken up again where it broke, and nothing is shown twice', async () => {
  await using fake = await start();
  await using running = startCao(['session', 'watch', 'my-task', '--json'], { url: fake.url });
  await fake.request('subscribe');
  fake.push({ t: 'event', event: eventView(101, 'terminal.live') });
  await running.says('"id":101');
  fake.dropLive();
  expect(await fake.request('subscribe')).toMatchObject({ after: 101 });
  fake.push({ t: 'event', event: eventView(101, 'terminal.live') });
  fake.push({ t: 'event', event: eventView(103, 'session.closed') });
  const { stdout, stderr } = await running.ended;
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id),
  ).toEqual([101, 103]);
  expect(stderr).toContain('trying again');
});

test('Ctrl-C ends a watch with 130', async () => {
  await using fake = await start();
  await using running = startCao(['session', 'watch', 'my-task'], { url: fake.url });
  await fake.request('subscribe');
  fake.push({ t: 'event', event: eventView(101, 'terminal.status', { status: 'processing' }) });
  await running.says('is now processing');
  running.signal('SIGINT');
  expect((await running.ended).code).toBe(130);
});
