import type { LivePush } from '@cao/contracts';
import { expect, test } from 'vitest';
import { cao, startCao } from './support/cao.ts';
import { startFakeApi } from './support/fake-api.ts';
import { eventView, TERMINAL, terminalView } from './support/views.ts';

const start = () => startFakeApi({ 'terminals.get': () => ({ terminal: terminalView() }) });
const base64 = (text: string) => Buffer.from(text).toString('base64');
const snapshot = (data: string): LivePush => ({
  t: 'snapshot',
  terminal: TERMINAL,
  epoch: 1,
  offset: 0,
  cols: 80,
  rows: 24,
  data: base64(data),
});
const output = (offset: number, data: string): LivePush => ({
  t: 'output',
  terminal: TERMINAL,
  epoch: 1,
  offset,
  data: base64(data),
});

test('shows the screen and what follows, passes keys on, and leaves at Ctrl-]', async () => {
  await using fake = await start();
  await using running = startCao(['terminal', 'attach', TERMINAL], { url: fake.url });
  expect(await fake.request('watch')).toEqual({ t: 'watch', terminal: TERMINAL });
  fake.push(snapshot('SCREEN'));
  await running.says('SCREEN');
  running.write('ls\r');
  expect(await fake.request('input')).toMatchObject({ terminal: TERMINAL, data: base64('ls\r') });
  fake.push(output(6, '+more'));
  await running.says('SCREEN+more');
  running.write('x\x1dy');
  expect(await fake.request('input')).toMatchObject({ data: base64('x') });
  const { code, stdout, stderr } = await running.ended;
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'SCREEN+more' });
  expect(stderr.split('\n')[0]).toBe(
    `${TERMINAL} (developer on laptop): ctrl-] leaves, all other keys go to the agent`,
  );
  expect(stderr).toContain('it runs on');
});

test('keys typed before the screen is shown wait for it, and the end of input leaves', async () => {
  await using fake = await start();
  await using running = startCao(['terminal', 'attach', TERMINAL], { url: fake.url });
  running.write('early');
  running.endInput();
  await fake.request('watch');
  fake.push(snapshot('S'));
  expect(await fake.request('input')).toMatchObject({ data: base64('early') });
  expect((await running.ended).code).toBe(0);
});

test('a lost connection is watched again, with a fresh screen', async () => {
  await using fake = await start();
  await using running = startCao(['terminal', 'attach', TERMINAL], { url: fake.url });
  await fake.request('watch');
  fake.push(snapshot('one'));
  await running.says('one');
  fake.dropLive();
  await fake.request('watch');
  fake.push(snapshot('two'));
  await running.says('two');
  running.write('\x1d');
  expect((await running.ended).code).toBe(0);
});

test('it ends when the terminal closes, and says why', async () => {
  await using fake = await start();
  await using running = startCao(['terminal', 'attach', TERMINAL, '--read-only'], { url: fake.url });
  await fake.request('watch');
  fake.push(snapshot('S'));
  fake.push({ t: 'event', event: eventView(101, 'terminal.closed', { reason: 'the CLI exited' }) });
  const { code, stderr } = await running.ended;
  expect(code).toBe(0);
  expect(stderr).toContain(`terminal ${TERMINAL} has closed: the CLI exited`);
});

test('a host that is away is an error with its exit code', async () => {
  await using fake = await start();
  await using running = startCao(['terminal', 'attach', TERMINAL], { url: fake.url });
  await fake.request('watch');
  fake.push({ t: 'error', code: 'host_offline', message: 'host laptop is not linked', terminal: TERMINAL });
  const { code, stderr } = await running.ended;
  expect(code).toBe(6);
  expect(stderr).toContain('error: host laptop is not linked');
});

test('SIGTERM leaves as a service manager expects', async () => {
  await using fake = await start();
  await using running = startCao(['terminal', 'attach', TERMINAL], { url: fake.url });
  await fake.request('watch');
  fake.push(snapshot('S'));
  await running.says('S');
  running.signal('SIGTERM');
  expect((await running.ended).code).toBe(143);
});

test('a closed terminal is not attached to', async () => {
  await using fake = await startFakeApi({
    'terminals.get': () => ({ terminal: terminalView({ lifecycle: 'closed', reason: 'shut down' }) }),
  });
  expect(await cao(['terminal', 'attach', TERMINAL], { url: fake.url })).toMatchObject({ code: 4 });
});
