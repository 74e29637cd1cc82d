import { LINK_EVENT_WINDOW, LIVE_PATH, linkClose } from '@cao/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeHost, joinFakeHost } from '../support/bad-input/fake-host.ts';
import { openSocket, type Socket } from '../support/bad-input/socket.ts';
import { type Agent, expectServing, startAgent } from '../support/stack/agents.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

/** Two pings of 4 s unanswered and the tick that sees it, on a busy machine. Units: ms. */
const HALF_OPEN_MS = 15_000;

let stack: Stack;
let agent: Agent;
/** Ends that take the server's own time-outs: begun first, so that the other tests go on beside them. */
let mute: { silent: Promise<number>; halfOpen: Promise<number>; halfOpenHost: string };

beforeAll(async () => {
  stack = await withStack({ hosts: 1 });
  const took = async (ending: Promise<unknown>) => {
    const began = performance.now();
    await ending;
    return performance.now() - began;
  };
  const silent = await joinFakeHost(stack, 'silent');
  const halfOpen = await joinFakeHost(stack, 'half-open');
  mute = {
    silent: took((await silent.dial()).closed),
    halfOpen: took((await halfOpen.link({ autoPong: false })).socket.closed),
    halfOpenHost: halfOpen.id,
  };
  agent = await startAgent(stack, 'target');
});
afterAll(() => stack?.[Symbol.asyncDispose]());

const beat = (e: number) => ({ t: 'beat', e, progress: 1, rss_bytes: 1 });
/** An event that is easy to count afterwards. */
const told = (e: number, n: number, count: number) => ({
  t: 'event',
  e,
  n,
  at: new Date().toISOString(),
  event: { kind: 'token_rejected', count },
});
const acked = (n: number) => (frame: { t: string; n?: number }) => frame.t === 'ack' && frame.n === n;
const counts = (host: FakeHost) =>
  stack.events
    .all()
    .filter((event) => event.kind === 'token.rejected' && event.host_id === host.id)
    .map((event) => event.data.count);

test.each<{ who: string; said(host: FakeHost): Record<string, unknown> }>([
  { who: 'with no signature', said: () => ({ proof: '' }) },
  { who: 'with garbage for a signature', said: () => ({ proof: 'Z2FyYmFnZQ==' }) },
  { who: 'who is another host', said: () => ({ host_id: mute.halfOpenHost }) },
  { who: 'whom nobody knows', said: () => ({ host_id: 'feedfeed' }) },
])('nobody $who is a host', async ({ said }) => {
  const host = await joinFakeHost(stack, `never-${performance.now()}`.replaceAll('.', '-'));
  const socket = await host.dial();
  socket.send({ ...(await host.hello(socket)), ...said(host) });
  expect((await socket.closed).code).toBe(linkClose.revoked);
  expect((await stack.client.hosts.get({ params: { ref: host.id } })).host.link_epoch).toBe(0);
});

test('a hello that was heard on another link is worth nothing', async () => {
  const host = await joinFakeHost(stack, 'replayed');
  const first = await host.dial();
  const hello = await host.hello(first);
  first.send(hello);
  await first.until('welcome', ({ t }) => t === 'welcome');
  first.close();
  const second = await host.dial();
  second.send(hello);
  expect((await second.closed).code).toBe(linkClose.revoked);
});

test('who has not shown which host it is may not send more than a hello takes', async () => {
  const host = await joinFakeHost(stack, 'endless');
  const socket = await host.dial();
  const began = performance.now();
  socket.send({ ...(await host.hello(socket)), os: 'x'.repeat(5 * 1024 * 1024) });
  expect((await socket.closed).code).toBe(1006); // without a word, and before its time to say hello is over
  expect(performance.now() - began).toBeLessThan(4_000);
  await expectServing(stack, agent.id);
});

test('of a host and its clone the one that is linked stays, and people hear of the other', async () => {
  const host = await joinFakeHost(stack, 'cloned');
  const { socket } = await host.link({}, { instance: 'original' });
  const clone = await host.dial();
  clone.send(await host.hello(clone, { instance: 'clone' }));
  expect((await clone.closed).code).toBe(linkClose.duplicate);
  await stack.event('told', ({ kind, host_id }) => kind === 'host.duplicate' && host_id === host.id);
  const { host: view } = await stack.client.hosts.get({ params: { ref: host.id } });
  expect(view).toMatchObject({ state: 'online', link_epoch: 1, duplicate_at: expect.any(String) });
  expect((await stack.cao(['host', 'show', 'cloned'])).stdout).toContain('another machine');
  // The same machine again, after a crash that left the old connection half open, is no clone.
  const { epoch } = await host.link({}, { instance: 'original' });
  expect(epoch).toBe(2);
  expect((await socket.closed).code).toBe(linkClose.superseded);
});

describe('a frame', () => {
  let host: FakeHost;
  beforeAll(async () => {
    host = await joinFakeHost(stack, 'frames');
  });

  test.each<{ what: string; frame: unknown; says: RegExp }>([
    { what: 'what is not JSON', frame: '{', says: /not JSON/ },
    { what: 'null', frame: 'null', says: /frame undefined/ },
    { what: 'bytes', frame: Buffer.from([0, 0xff, 1]), says: /not JSON/ },
    { what: 'an unknown kind', frame: { t: 'shout' }, says: /"shout"/ },
    { what: 'a beat', frame: beat(1), says: /beat, and hello was expected/ },
    { what: 'half of a hello', frame: { t: 'hello', os: 'linux' }, says: /"hello": host_id/ },
  ])('with $what before hello ends the link and is named', async ({ frame, says }) => {
    const socket = await host.dial();
    socket.send(frame);
    const { code, reason } = await socket.closed;
    expect({ code, reason }).toEqual({ code: linkClose.badFrame, reason: expect.stringMatching(says) });
  });

  test.each<{ what: string; frame: (host: FakeHost, e: number, socket: Socket) => unknown; says: RegExp }>([
    { what: 'an unknown kind', frame: () => ({ t: 'shout' }), says: /"shout"/ },
    { what: 'a second hello', frame: (host, _e, socket) => host.hello(socket), says: /second hello/ },
    {
      what: 'an unknown event',
      frame: (_, e) => ({ ...told(e, 1, 1), event: { kind: 'boo' } }),
      says: /event\.kind/,
    },
    { what: 'a number out of range', frame: (_, e) => ({ ...told(e, 1, 1), n: 1e300 }), says: /: n: / },
    {
      what: 'a terminal that climbs',
      frame: (_, e) => ({ t: 'output', e, terminal: '../../x', offset: 0, data: '' }),
      says: /terminal/,
    },
  ])('with $what after hello ends the link and is named', async ({ frame, says }) => {
    const { socket, epoch } = await host.link();
    socket.send(await frame(host, epoch, socket));
    const { code, reason } = await socket.closed;
    expect({ code, reason }).toEqual({ code: linkClose.badFrame, reason: expect.stringMatching(says) });
  });

  test('of 20 MB ends that link', async () => {
    const { socket } = await host.link();
    socket.send('x'.repeat(20 * 1024 * 1024));
    // 1009 when the server's word arrives before its reset, else no word at all.
    expect([1009, 1006]).toContain((await socket.closed).code);
  });

  test('that answers a command nobody gave is passed over', async () => {
    const { socket, epoch } = await host.link();
    socket.send({ t: 'done', e: epoch, id: 4711, ok: true, result: { evil: true } });
    socket.send({ t: 'done', e: epoch, id: -1, ok: false, error: { code: 'hasOwnProperty', message: '' } });
    socket.send(told(epoch, 1, 1));
    await socket.until('ack', acked(1));
    socket.close();
  });
});

describe('events', () => {
  test('come once, however often they are sent', async () => {
    const host = await joinFakeHost(stack, 'repeats');
    const first = await host.link();
    for (const n of [1, 1, 2, 1, 2]) first.socket.send(told(first.epoch, n, n));
    await first.socket.until('ack', acked(2));
    first.socket.close();
    await first.socket.closed;
    const again = await host.link();
    expect(again.acked).toBe(2);
    for (const n of [1, 2, 3]) again.socket.send(told(again.epoch, n, n));
    await again.socket.until('ack', acked(3));
    await stack.event('the third', (event) => event.host_id === host.id && event.data.count === 3);
    expect(counts(host)).toEqual([1, 2, 3]);
    again.socket.close();
  });

  test('after a gap are not taken, and the link ends', async () => {
    const host = await joinFakeHost(stack, 'gaps');
    const first = await host.link();
    first.socket.send(told(first.epoch, 5, 5));
    expect((await first.socket.closed).code).toBe(linkClose.goingAway);
    const again = await host.link();
    expect(again.acked).toBe(0);
    again.socket.send(told(again.epoch, 1, 1));
    await again.socket.until('ack', acked(1));
    await stack.event('the first', (event) => event.host_id === host.id && event.data.count === 1);
    expect(counts(host)).toEqual([1]);
    again.socket.close();
  });

  test('beyond the window, sent without waiting for an ack, end the link', async () => {
    const host = await joinFakeHost(stack, 'flood');
    const { socket, epoch } = await host.link();
    const flood = LINK_EVENT_WINDOW * 10;
    for (let n = 1; n <= flood; n++) socket.send(told(epoch, n, n));
    const { code, reason } = await socket.closed;
    expect({ code, reason }).toEqual({
      code: linkClose.badFrame,
      reason: expect.stringMatching(/not acked/),
    });
    const again = await host.link();
    expect(again.acked).toBeLessThan(flood);
    again.socket.close();
  });

  test('of an old link epoch are not taken, and its link is told that it is superseded', async () => {
    const host = await joinFakeHost(stack, 'superseded');
    const old = await host.link();
    const now = await host.link();
    expect(now.epoch).toBe(old.epoch + 1);
    now.socket.send(told(old.epoch, 1, 10));
    now.socket.send(told(now.epoch, 1, 20));
    await now.socket.until('ack', acked(1));
    old.socket.send(told(old.epoch, 2, 30));
    expect((await old.socket.closed).code).toBe(linkClose.superseded);
    now.socket.send(told(now.epoch, 2, 40));
    await now.socket.until('ack', acked(2));
    await stack.event('the last', (event) => event.host_id === host.id && event.data.count === 40);
    expect(counts(host)).toEqual([20, 40]);
    expect((await stack.client.hosts.get({ params: { ref: host.id } })).host.state).toBe('online');
    now.socket.close();
  });
});

describe("another host's terminal", () => {
  const pane = () => ({ terminal: agent.id, epoch: 1 });

  test('is neither ended nor moved by the events of this one', async () => {
    const host = await joinFakeHost(stack, 'envious');
    const { socket, epoch } = await host.link();
    const events = [
      { kind: 'closed', ...pane(), reason: 'because' },
      { kind: 'status', ...pane(), status: 'error', source: 'hook', evidence: 'because' },
      { kind: 'turn_ended', ...pane(), answer: 'forged', background: false, error: null },
    ];
    events.forEach((event, index) => {
      socket.send({ t: 'event', e: epoch, n: index + 1, at: '', event });
    });
    await socket.until('ack', acked(events.length));
    const { terminal } = await stack.client.terminals.get({ params: { id: agent.id } });
    expect(terminal).toMatchObject({ lifecycle: 'live', host_id: expect.not.stringMatching(host.id) });
    expect(terminal.status).not.toBe('error');
    expect(terminal.last_answer).not.toBe('forged');
    socket.close();
  });

  test('is not taken over by a hello that claims its pane', async () => {
    const host = await joinFakeHost(stack, 'claimant');
    const socket = await host.dial();
    const claim = { seq: 99, sent: 99, dead: false, status: 'idle', source: 'hook', evidence: '' };
    socket.send(
      await host.hello(socket, { panes: [{ ...pane(), ...claim, token_hash: 'f'.repeat(64), cwd: '/' }] }),
    );
    // What it is told to do with the pane that it does not own.
    const order = await socket.until<{ t: string; command?: unknown }>('command', ({ t }) => t === 'command');
    expect(order.command).toMatchObject({ do: 'close', terminal: agent.id });
    const { host: owner } = await stack.client.hosts.get({ params: { ref: agent.host.name } });
    const { terminal } = await stack.client.terminals.get({ params: { id: agent.id } });
    expect(terminal).toMatchObject({ host_id: owner.id, lifecycle: 'live' });
    socket.close();
  });

  test('is not drawn on by this one', async () => {
    const host = await joinFakeHost(stack, 'painter');
    const { socket, epoch } = await host.link();
    const viewer = openSocket(stack.url + LIVE_PATH, { token: stack.adminToken });
    await viewer.opened;
    viewer.send({ t: 'watch', terminal: agent.id });
    await viewer.until('snapshot', ({ t }) => t === 'snapshot');
    const seen: { t: string; data?: string }[] = [];
    viewer.raw.on('message', (text) => seen.push(JSON.parse(String(text))));
    const data = Buffer.from('forged').toString('base64');
    socket.send({ t: 'snapshot', e: epoch, terminal: agent.id, offset: 0, cols: 80, rows: 24, data });
    socket.send({ t: 'output', e: epoch, terminal: agent.id, offset: 6, data });
    socket.send(told(epoch, 1, 1));
    await socket.until('ack', acked(1));
    // Frames of one connection stay in order: once real output is here, what was forged before it would be.
    await expectServing(stack, agent.id);
    await viewer.until('output', ({ t }) => t === 'output');
    expect(seen.map((push) => push.data)).not.toContain(data);
    viewer.close();
    socket.close();
  });
});

test('what a host says of itself is stored as it can be, and printed without its escapes', async () => {
  const host = await joinFakeHost(stack, 'odd');
  const socket = await host.dial();
  const odd = '\u001b]0;pwned\u0007a\0b\ud800';
  socket.send(
    await host.hello(socket, {
      os: odd,
      agent_version: odd,
      attach: odd,
      providers: [{ id: odd, title: odd, version: odd }],
    }),
  );
  await socket.until('welcome', ({ t }) => t === 'welcome');
  const { host: view } = await stack.client.hosts.get({ params: { ref: host.id } });
  expect(view.os).toBe('\u001b]0;pwned\u0007a␀b\ufffd');
  for (const args of [
    ['host', 'list'],
    ['host', 'show', 'odd'],
  ]) {
    const { code, stdout } = await stack.cao(args);
    expect(code).toBe(0);
    expect(stdout).toContain('odd');
    expect(stdout).not.toMatch(/\u001b|\u0007/);
  }
  socket.close();
});

test('a host that never says hello is dropped', async () => {
  expect(await mute.silent).toBeLessThan(HALF_OPEN_MS);
});

test('a half-open link is found by its unanswered pings, and its host is offline then', async () => {
  expect(await mute.halfOpen).toBeLessThan(HALF_OPEN_MS);
  await stack.event(
    'offline',
    (event) => event.kind === 'host.offline' && event.host_id === mute.halfOpenHost,
  );
});

test('everything serves after all of that', async () => {
  await expectServing(stack, agent.id);
});
