import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { recordOf } from '../support/stack/ledger-check.ts';
import { standStill } from '../support/stack/stand-still.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

const GIVE_UP_S = 12;
const serviceEnv = { CAO_GIVE_UP_AFTER: String(GIVE_UP_S) };
/** A judge watches for as long as it then waits, and looks every 5 s. Units: ms. */
const GIVEN_UP_MS = 60_000;

const launch = (stack: Stack, message: string, policy: 'fail' | 'restart') =>
  stack.client.sessions.create({
    body: {
      agent_profile: 'developer',
      provider: 'scripted',
      session_name: 'away',
      on_host_lost: policy,
      message,
    },
  });
const view = async (stack: Stack, id: string) =>
  (await stack.client.terminals.get({ params: { id } })).terminal;
const of = (id: string, kind: string) => (event: { kind: string; terminal_id: string | null }) =>
  event.kind === kind && event.terminal_id === id;

const shutDown = (stack: Stack) => stack.client.sessions.shutdown({ params: { name: 'away' }, query: {} });

/** One host, for the tests that need no more. */
let stack: Stack;
beforeAll(async () => {
  stack = await withStack({ hosts: 1, serviceEnv });
});
afterAll(() => stack?.[Symbol.asyncDispose]());

test('a stack that stood still for longer than it would wait gives up nobody', async () => {
  const { terminal } = await launch(stack, `[[sleep 1000]] [[say one]]`, 'fail');
  await stack.event('a turn ended', of(terminal.id, 'terminal.turn_ended'));
  await standStill([...stack.apis, ...stack.schedulers, stack.hosts[0]!.agent], (GIVE_UP_S + 4) * 1_000);
  const { message } = await stack.client.terminals.send({
    params: { id: terminal.id },
    body: { text: '[[say two]]' },
  });
  const done = await stack.client.terminals.waitMessage({ params: { id: message.id }, query: {} });
  expect(done.message.state).toBe('accepted');
  expect(await view(stack, terminal.id)).toMatchObject({ epoch: 1, last_answer: 'two' });
  await shutDown(stack);
});

test('an agent whose machine was started anew begins again by the policy of its session', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'cao-boot-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const { terminal } = await launch(stack, '[[sleep 2000]] [[say one]]', 'restart');
  await stack.event('it works', of(terminal.id, 'message.accepted'));
  const host = stack.hosts[0]!;
  await host.agent.kill('SIGKILL');
  stack.killTmux(host.socket);
  writeFileSync(join(dir, 'boot'), 'another-run-of-this-machine\n');
  await host.agent.start({}, bootIs(join(dir, 'boot')));
  await stack.event(
    'it lives again',
    (event) => of(terminal.id, 'terminal.live')(event) && event.data.epoch === 2,
  );
  await stack.event('its turn ended', of(terminal.id, 'terminal.turn_ended'));
  expect(await view(stack, terminal.id)).toMatchObject({ epoch: 2, last_answer: 'one' });
  await shutDown(stack);
});

test('a host that is away for too long: its tasks fail with the reason, and its old pane is ended when it is back', async () => {
  const { terminal } = await launch(stack, '[[sleep 120000]] [[say late]]', 'fail');
  await stack.event('it works', of(terminal.id, 'message.accepted'));
  const host = stack.hosts[0]!;
  await host.agent.kill('SIGKILL');
  const { data } = await stack.event('given up', of(terminal.id, 'terminal.closed'), GIVEN_UP_MS);
  expect(data.reason).toBe(`host host-1 was not heard of for ${GIVE_UP_S} s`);
  expect(host.windows()).toHaveLength(1);
  await host.agent.start();
  await expect.poll(() => host.windows(), { timeout: 10_000 }).toEqual([]);
});

test('with the policy restart the agent goes on on another host, once its own has ended it', async () => {
  await using stack = await withStack({ hosts: 2, serviceEnv, namespaces: true });
  const cut = stack.hosts[1]!;
  if (!cut.net) return expect(process.getuid?.(), 'without root no host can be cut off').not.toBe(0);
  await stack.client.hosts.setMode({ params: { ref: 'host-1' }, body: { mode: 'cordoned' } });
  const { terminal } = await launch(stack, '[[sleep 60000]] [[say late]]', 'restart');
  await stack.event('it works', of(terminal.id, 'message.accepted'));
  await stack.client.hosts.setMode({ params: { ref: 'host-1' }, body: { mode: 'open' } });

  cut.net.partition();
  const anew = await stack.event(
    'it is placed anew',
    (event) => of(terminal.id, 'terminal.waiting')(event) && event.data.epoch === 2,
    GIVEN_UP_MS,
  );
  expect(anew.data.reason).toContain('host host-2 was not heard of');
  expect(cut.windows()).toEqual([]);
  await stack.event(
    'its message is with the new one',
    (event) => of(terminal.id, 'message.accepted')(event) && event.id > anew.id,
  );
  expect(await view(stack, terminal.id)).toMatchObject({ epoch: 2, host_name: 'host-1' });
  expect(
    recordOf(join(stack.dir, 'record'), terminal.id).filter((line) => line.n !== undefined),
  ).toHaveLength(2);

  // What its own host told of the old epoch while it was alone changes nothing.
  cut.net.heal();
  await stack.event('it is back', ({ kind, data }) => kind === 'host.online' && Number(data.link_epoch) > 1);
  expect(await view(stack, terminal.id)).toMatchObject({ epoch: 2, lifecycle: 'live' });
});

test('a host that ended its agents as its lease ran out, and is back before it is given up, begins them again', async () => {
  await using stack = await withStack({
    hosts: 2,
    serviceEnv: { CAO_GIVE_UP_AFTER: '30' },
    namespaces: true,
  });
  const cut = stack.hosts[1]!;
  if (!cut.net) return expect(process.getuid?.(), 'without root no host can be cut off').not.toBe(0);
  await stack.client.hosts.setMode({ params: { ref: 'host-1' }, body: { mode: 'cordoned' } });
  const { terminal } = await launch(stack, '[[sleep 60000]] [[say late]]', 'restart');
  await stack.event('it works', of(terminal.id, 'message.accepted'));
  cut.net.partition();
  // Nobody can tell of it.
  await expect.poll(() => cut.windows(), { timeout: 45_000 }).toEqual([]);
  cut.net.heal();
  const again = await stack.event(
    'it lives again',
    (event) => of(terminal.id, 'terminal.live')(event) && event.data.epoch === 2,
  );
  await stack.event(
    'its message is with the new one',
    (event) => of(terminal.id, 'message.accepted')(event) && event.id > again.id,
  );
  expect(stack.events.all().some(of(terminal.id, 'terminal.closed'))).toBe(false);
});

test('rows and links that an outage of Postgres has set at odds agree again by themselves', async () => {
  await using stack = await withStack({ hosts: 2, serviceEnv });
  const rows = new Client({ connectionString: stack.databaseUrl });
  await rows.connect();
  await using _closing = { [Symbol.asyncDispose]: () => rows.end() };
  // Taken from its replica, which gave no sign of life: the link is there, and nobody says so.
  await rows.query("update hosts set replica = null, lost_at = now() where name = 'host-1'");
  await stack.event('it is seen again', ({ kind, data }) => kind === 'host.online' && data.link_epoch === 2);
  // Ended while nothing could be written: no link, and the row has one.
  const { rows: found } = await rows.query("select replica from hosts where name = 'host-2'");
  await stack.hosts[1]!.agent.kill('SIGKILL');
  const first = await stack.event(
    'it is offline',
    ({ kind, data }) => kind === 'host.offline' && data.name === 'host-2',
  );
  await rows.query(
    "update hosts set replica = $1, lost_at = null, connected_at = now() - interval '1 hour' where name = 'host-2'",
    [found[0].replica],
  );
  await stack.event(
    'it is offline again',
    ({ id, kind, data }) => id > first.id && kind === 'host.offline' && data.name === 'host-2',
  );
  expect((await stack.client.hosts.get({ params: { ref: 'host-2' } })).host.state).toBe('suspect');
});

/** Before a command: it finds this in the place of the kernel's name for the machine's run. Needs root. */
const bootIs = (file: string) => [
  'unshare',
  '-m',
  'sh',
  '-c',
  `mount --bind ${file} /proc/sys/kernel/random/boot_id && exec "$@"`,
  'sh',
];
