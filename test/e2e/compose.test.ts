import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient, openLive } from '@cao/client';
import type { EventView } from '@cao/contracts';
import { freePort, newSecret } from '@cao/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { freshDatabase, privateRedis } from '../support/services.ts';
import { viewBytes } from '../support/stack/byte-viewer.ts';
import { composeServices } from '../support/stack/compose-services.ts';
import { type EventLog, followEvents } from '../support/stack/event-log.ts';
import { pageFolder } from '../support/stack/page-folder.ts';
import { ROOT } from '../support/stack/root.ts';
import type { ServiceProcess } from '../support/stack/service-process.ts';
import { openWire, type Wire } from '../support/stack/wire.ts';

interface Replica {
  readonly client: Client;
  readonly events: EventLog;
  readonly url: string;
  readonly token: string;
}

const cleanup = new AsyncDisposableStack();
let replicas: Replica[];
/** From each host to its replica. */
const wires: { wire: Wire; to: number[] }[] = [];
let schedulers: ServiceProcess[];
let page: ReturnType<typeof pageFolder>;

beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'cao-compose-'));
  cleanup.defer(() => rmSync(dir, { recursive: true, force: true }));
  const database = cleanup.use(await freshDatabase());
  const redis = cleanup.use(await privateRedis());
  page = pageFolder();
  cleanup.defer(page.remove);
  const compose = composeServices(
    parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }),
    dir,
  );
  const token = newSecret('caot');
  const stores = { DATABASE_URL: database.url, REDIS_URL: redis.url, CAO_LOG_LEVEL: 'info' };
  writeFileSync(join(dir, 'admin-token'), token, { mode: 0o600 });
  const stopLater = (service: ServiceProcess) => {
    cleanup.defer(() => service.kill('SIGTERM'));
    return service;
  };

  const ports = await Promise.all(Array.from({ length: compose.replicas('api') }, freePort));
  const apis = ports.map((port, n) =>
    stopLater(
      compose.process('api', `api-${n}`, {
        ...stores,
        CAO_BIND: '127.0.0.1',
        CAO_PORT: String(port),
        CAO_WEB_DIR: page.dir,
        CAO_ADMIN_TOKEN_FILE: join(dir, 'admin-token'),
      }),
    ),
  );
  // All at once on an empty database, as the file starts them.
  await Promise.all(apis.map((api) => api.start()));
  schedulers = Array.from({ length: compose.replicas('scheduler') }, (_, n) =>
    stopLater(compose.process('scheduler', `scheduler-${n}`, stores)),
  );
  await Promise.all(schedulers.map((scheduler) => scheduler.start()));
  replicas = ports.map((port) => {
    const url = `http://127.0.0.1:${port}`;
    const events = followEvents({ url, token });
    cleanup.defer(() => events.close());
    return { url, token, client: createClient({ url, token }), events };
  });

  // One host at each replica.
  await Promise.all(
    replicas.map(async ({ url, client }, n) => {
      const stateDir = join(dir, `host-${n}`);
      const socket = join(stateDir, 'tmux.sock');
      mkdirSync(stateDir, { mode: 0o700 });
      const { token: joinToken } = await client.hosts.createJoinToken();
      writeFileSync(join(stateDir, 'join-token'), joinToken, { mode: 0o600 });
      const to = [Number(new URL(url).port)];
      const wire = await openWire(to);
      cleanup.defer(() => wire.close());
      wires[n] = { wire, to };
      const agent = compose.process('worker-agent', `host-${n}`, {
        CAO_API_URL: `http://127.0.0.1:${wire.port}`,
        CAO_JOIN_TOKEN_FILE: join(stateDir, 'join-token'),
        CAO_STATE_DIR: stateDir,
        CAO_HOST_NAME: `host-${n}`,
        CAO_LOG_LEVEL: 'info',
        CAO_TMUX_SOCKET: socket,
      });
      cleanup.defer(() => void execFileSync('tmux', ['-S', socket, 'kill-server'], { stdio: 'ignore' }));
      stopLater(agent);
      await agent.start();
    }),
  );
});
afterAll(() => cleanup.disposeAsync());

const everywhere = (what: string, accept: (event: EventView) => boolean) =>
  Promise.all(replicas.map(({ events }) => events.until(what, accept)));

const launchOn = async (from: Replica, host: string, session: string, message: string) => {
  const { terminal } = await from.client.sessions.create({
    body: { agent_profile: 'developer', provider: 'scripted', session_name: session, host, message },
  });
  return terminal.id;
};

test('the compose file asks for two of each central service, and all of them are up', async () => {
  expect(replicas).toHaveLength(2);
  expect(schedulers).toHaveLength(2);
  for (const { client, url } of replicas) {
    expect(await client.system.ready()).toMatchObject({ ready: true });
    expect((await client.hosts.list()).hosts.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
      'host-0 online',
      'host-1 online',
    ]);
    expect(await (await fetch(url)).text()).toBe(page.index);
  }
});

test.each([
  [0, 1],
  [1, 0],
])(
  'what is sent through replica %i reaches the host at replica %i, and both tell of it',
  async (from, at) => {
    const id = await launchOn(replicas[from]!, `host-${at}`, `across-${from}`, '[[say hello]]');
    const ended = (chars: number) => (event: EventView) =>
      event.kind === 'terminal.turn_ended' && event.terminal_id === id && event.data.chars === chars;
    await everywhere('the first answer', ended('hello'.length));

    const sent = performance.now();
    const { message } = await replicas[from]!.client.terminals.send({
      params: { id },
      body: { text: '[[say good evening]]' },
    });
    await everywhere('the second answer', ended('good evening'.length));
    const { terminal, message: after } = await replicas[from]!.client.terminals.waitMessage({
      params: { id: message.id },
      query: {},
    });
    expect(after.state).toBe('accepted');
    expect(terminal.last_answer).toBe('good evening');
    // By its bell, not by a sweep that finds it later.
    expect(performance.now() - sent).toBeLessThan(10_000);
    // A session that is over says nothing more: both have heard all of it, and in full.
    await replicas[from]!.client.sessions.shutdown({ params: { name: `across-${from}` }, query: {} });
    await everywhere(
      'the end of the session',
      (event) => event.kind === 'session.closed' && event.session_name === `cao-across-${from}`,
    );
    const [mine, other] = replicas.map(({ events }) =>
      events
        .all()
        .filter((event) => event.terminal_id === id)
        .map((event) => event.id)
        .sort((a, b) => a - b),
    );
    expect(mine!.length).toBeGreaterThan(5);
    expect(mine).toEqual(other);
  },
);

test('a handoff between two replicas comes back', async () => {
  const work = JSON.stringify({ agent_profile: 'reviewer', host: 'host-1', message: '[[say fine]]' });
  const id = await launchOn(
    replicas[1]!,
    'host-0',
    'delegates',
    `[[call handoff ${work}]] [[say it is $1.output]]`,
  );
  await everywhere(
    'the answer',
    (event) =>
      event.kind === 'terminal.turn_ended' &&
      event.terminal_id === id &&
      event.data.chars === 'it is fine'.length,
  );
  const { terminals } = await replicas[0]!.client.sessions.get({ params: { name: 'delegates' } });
  expect(terminals.map(({ host_name }) => host_name)).toEqual(['host-0', 'host-1']);
});

test('with one scheduler dead the other places', async () => {
  await schedulers[0]!.kill('SIGKILL');
  const id = await launchOn(replicas[0]!, 'host-1', 'one-left', '[[say placed]]');
  await everywhere('the answer', (event) => event.kind === 'terminal.turn_ended' && event.terminal_id === id);
});

test('a session that is ended through the wrong replica ends', async () => {
  const { remaining } = await replicas[0]!.client.sessions.shutdown({ params: { name: 'one-left' } });
  expect(remaining).toEqual([]);
});

test.each([
  [0, 1],
  [1, 0],
])(
  'screen, keys and output of a terminal at replica %i are reached through replica %i, live and read',
  async (at, from) => {
    const { client, url, token } = replicas[from]!;
    const id = await launchOn(replicas[at]!, `host-${at}`, `reached-${at}`, '[[say hello]]');
    await everywhere(
      'the answer',
      (event) => event.kind === 'terminal.turn_ended' && event.terminal_id === id,
    );
    const params = { id };

    using viewer = viewBytes({ url, token }, id);
    await viewer.until('the answer', (seen) => seen.shows('● hello'));
    const page = await client.terminals.transcript({ params, query: {} });
    expect(Buffer.from(page.data, 'base64').toString()).toContain('● hello');
    expect((await client.terminals.output({ params, query: { mode: 'screen' } })).output).toContain(
      '● hello',
    );
    await client.terminals.keys({ params, body: { keys: ['x', 'y', 'z'] } });
    await viewer.until('the keys', (seen) => seen.shows('❯ xyz'));

    const typist = openLive(
      { url, token },
      {
        onOpen: (live) => live.send({ t: 'input', terminal: id, data: Buffer.from('!').toString('base64') }),
        onPush: () => {},
      },
    );
    await viewer.until('what was typed', (seen) => seen.shows('❯ xyz!'));
    typist.close();
    expect(viewer.jumps).toEqual([]);

    // A wrong call is refused where it is answered, in the same words.
    await expect(
      createClient({ url, token: 'caot_wrong' }).terminals.transcript({ params, query: {} }),
    ).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    await client.terminals.close({ params });
    await everywhere('its end', (event) => event.kind === 'terminal.closed' && event.terminal_id === id);
    expect((await client.terminals.transcript({ params, query: {} })).closed).toBe(true);
  },
);

test('a host that moves to the other replica and back loses no byte for those who look', async () => {
  const id = await launchOn(replicas[0]!, 'host-0', 'moves', '[[say before]]');
  await everywhere(
    'it has said it',
    (event) => event.kind === 'terminal.turn_ended' && event.terminal_id === id,
  );
  using near = viewBytes(replicas[0]!, id);
  using far = viewBytes(replicas[1]!, id);
  const bothSee = (text: string) =>
    Promise.all([near, far].map((viewer) => viewer.until(text, (seen) => seen.shows(text))));
  const move = async (to: Replica) => {
    const after = Math.max(...to.events.all().map((event) => event.id));
    wires[0]!.to[0] = Number(new URL(to.url).port);
    wires[0]!.wire.cut();
    await to.events.until('it came back', (event) => event.kind === 'host.online' && event.id > after);
  };
  await bothSee('● before');
  await move(replicas[1]!);
  await replicas[0]!.client.terminals.send({ params: { id }, body: { text: '[[say while away]]' } });
  await bothSee('● while away');
  await move(replicas[0]!);
  await replicas[0]!.client.terminals.send({ params: { id }, body: { text: '[[say at home]]' } });
  await bothSee('● at home');

  const { data } = await replicas[1]!.client.terminals.transcript({ params: { id }, query: {} });
  const whole = Buffer.from(data, 'base64');
  for (const { jumps, bytes } of [near, far]) {
    expect(jumps).toEqual([]);
    const seen = bytes().subarray(0, whole.length);
    expect(seen.equals(whole.subarray(0, seen.length))).toBe(true);
  }
  await replicas[0]!.client.sessions.shutdown({ params: { name: 'moves' }, query: {} });
});
