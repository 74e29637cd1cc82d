import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, deliver, startAgent } from '../support/stack/agents.ts';
import { nextApproval } from '../support/stack/approvals.ts';
import { ROOT } from '../support/stack/root.ts';
import { startTicking } from '../support/stack/ticking.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

/** A copy of the worker-agent that its upgrade may change. */
const root = mkdtempSync(join(tmpdir(), 'cao-upgrade-'));
const program = join(root, 'services/worker-agent');
const INSTALL = `sed -i 's/"version": "[^"]*"/"version": "9.9.9"/' ${program}/package.json`;

let stack: Stack;
let busy: Agent;
let idle: Agent;
/** Somebody else writes on its screen. */
let drawn: Agent;

beforeAll(async () => {
  mkdirSync(join(root, 'services'));
  for (const part of ['package.json', 'src'])
    cpSync(join(ROOT, 'services/worker-agent', part), join(program, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  stack = await withStack({
    hosts: 1,
    agentRoot: root,
    hostEnv: () => ({ CAO_UPGRADE_COMMAND: INSTALL }),
  });
  busy = await startAgent(stack, 'busy');
  idle = await startAgent(stack, 'idle');
  drawn = await startAgent(stack, 'drawn');
});
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

const upgrade = (state: string, after = 0) =>
  stack.event(
    `the upgrade is ${state}`,
    ({ id, kind, data }) => id > after && kind === 'host.upgrade' && data.state === state,
  );
const show = async () => JSON.parse((await stack.cao(['host', 'show', 'host-1', '--json'])).stdout);

test('a host begins again as the new version when no agent is in the middle of a turn, and loses none of them', async () => {
  const host = stack.hosts[0]!;
  const windows = host.windows();
  await deliver(stack, busy.id, '[[say before]]');
  await deliver(stack, busy.id, '[[ask Bash make]] [[say during]]');
  const question = await nextApproval(stack, busy.id);
  expect(await stack.cao(['host', 'upgrade', 'host-1'])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('from 0.1.0'),
  });
  const { id: asked, data } = await upgrade('waiting');
  expect(data).toMatchObject({ to: '9.9.9', waits_for: [busy.id] });

  // It goes on with its work meanwhile, and to ask again changes nothing.
  await deliver(stack, idle.id, 'while it waits');
  const again = JSON.parse((await stack.cao(['host', 'upgrade', 'host-1', '--json'])).stdout);
  expect(again.host.upgrade).toMatchObject({ state: 'waiting', from: '0.1.0', to: '9.9.9' });
  expect(
    stack.events.all().some(({ kind, data }) => kind === 'host.upgrade' && data.state === 'restarting'),
  ).toBe(false);

  const ticks = startTicking(host.socket, drawn.id);
  await stack.client.approvals.answer({ params: { id: question }, body: { decision: 'allow' } });
  await host.agent.ended();
  await host.agent.start(); // as `cao host join` does
  // The old one may have left it in the spool.
  const ended = await stack.event(
    'its turn is over',
    ({ id, kind, terminal_id }) => id > asked && kind === 'terminal.turn_ended' && terminal_id === busy.id,
  );
  const restarting = await upgrade('restarting');
  expect(ended.id).toBeLessThan(restarting.id);

  await upgrade('done');
  expect(await show()).toMatchObject({
    host: { agent_version: '9.9.9', upgrade: { state: 'done', from: '0.1.0', to: '9.9.9' } },
    terminals: [
      { epoch: 1, lifecycle: 'live' },
      { epoch: 1, lifecycle: 'live' },
      { epoch: 1, lifecycle: 'live' },
    ],
  });
  expect(host.windows()).toEqual(windows);
  await deliver(stack, busy.id, '[[say afterwards]]');
  const last = await ticks.stop();
  await deliver(stack, idle.id, 'once more');

  const output = async (id: string) =>
    (await stack.cao(['terminal', 'output', id, '--full', '--plain'])).stdout;
  expect(await output(busy.id)).toMatch(/before.*during.*afterwards/s);
  await expect.poll(() => output(drawn.id), { timeout: 20_000 }).toContain(`tick ${last} `);
  const seen = [...(await output(drawn.id)).matchAll(/tick (\d+) /g)].map(([, n]) => Number(n));
  expect(seen).toEqual(Array.from({ length: last + 1 }, (_, n) => n));
});

test('one that nobody would start again takes its own place', async () => {
  const { agent } = stack.hosts[0]!;
  await agent.kill('SIGTERM');
  const from = stack.events.all().at(-1)!.id;
  const isOnline = ({ id, kind }: { id: number; kind: string }) => id > from && kind === 'host.online';
  // Without the channel to its starter, which then hears nothing of it either.
  void agent.start({}, ['env', '-u', 'NODE_CHANNEL_FD']).catch(() => {});
  const first = await stack.event('it is online', isOnline);
  const { pid } = agent;
  await stack.cao(['host', 'upgrade', 'host-1']);
  await upgrade('done', from);
  await stack.event('and online again', (event) => isOnline(event) && event.id > first.id);
  expect(agent.pid).toBe(pid);
  await deliver(stack, idle.id, 'and again');
});

test('a version that cannot run is not begun, and people hear why', async () => {
  const { agent } = stack.hosts[0]!;
  await agent.kill('SIGTERM');
  await agent.start();
  const { pid } = agent;
  appendFileSync(join(program, 'src/env.ts'), '\nthis is no program\n');
  await stack.cao(['host', 'upgrade', 'host-1']);
  const { data } = await upgrade('failed');
  expect(data.note).toMatch(/SyntaxError|Unexpected|Expected/);
  expect(agent.pid).toBe(pid);
  const { stdout } = await stack.cao(['doctor']);
  expect(stdout).toContain('could not upgrade its worker-agent');
  await deliver(stack, busy.id, 'still serving');
});
