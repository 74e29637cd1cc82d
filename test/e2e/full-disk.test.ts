import { join } from 'node:path';
import type { DiskCondition, EventView } from '@cao/contracts';
import { expect, test } from 'vitest';
import { type Agent, expectServing, startAgent } from '../support/stack/agents.ts';
import { recordOf } from '../support/stack/ledger-check.ts';
import { openSmallDisk } from '../support/stack/small-disk.ts';
import { transcriptOf } from '../support/stack/transcript-of.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

/** Two hosts of a whole stack, and what is done to one of them twice. Units: ms. */
const TIMEOUT_MS = 240_000;

const call = (args: Readonly<Record<string, unknown>>) => `[[call handoff ${JSON.stringify(args)}]]`;

/**
 * Work that goes from the host that is well to the other one, and from there back to a worker that asks before it answers. What
 * it writes is more than a terminal that ends there leaves free.
 */
function chain(word: string): string {
  const worker = `[[ask Bash go]] [[say ${word}]]`;
  const middle = `${call({ agent_profile: 'developer', host: 'host-2', message: worker })} [[flood 1MB]] [[say it said $1.output]]`;
  return `${call({ agent_profile: 'code_supervisor', host: 'host-1', message: middle })} [[say so $1.output]]`;
}

const says: Readonly<Record<DiskCondition, string>> = {
  disk_full: 'its disk is full',
  disk_read_only: 'its disk is read-only',
  disk_failing: 'its disk does not take writes',
};

/** Events from now on. */
function fromNow(stack: Stack) {
  const last = Math.max(0, ...stack.events.all().map(({ id }) => id));
  return (what: string, accept: (event: EventView) => boolean) =>
    stack.event(what, (event) => event.id > last && accept(event));
}

/** What is asked of a host whose disk takes nothing, and what must be true meanwhile and afterwards. */
async function endure(
  stack: Stack,
  { word, chief, reader }: { word: string; chief: Agent; reader: Agent },
  disk: { harm(): DiskCondition; meanwhile(): Promise<void>; mend(): Promise<void> },
) {
  const soon = fromNow(stack);
  const sick = stack.hosts[0]!;
  const chiefNow = async () => (await stack.client.terminals.get({ params: { id: chief.id } })).terminal;
  await stack.client.terminals.send({ params: { id: chief.id }, body: { text: chain(word) } });
  const asks = await soon('the worker at the end asks', ({ kind }) => kind === 'approval.opened');
  const middle = (
    await soon(
      'the middle one is live',
      ({ kind, data }) => kind === 'terminal.live' && data.agent_profile === 'code_supervisor',
    )
  ).terminal_id!;

  const start = async (session: string, host?: string) => {
    const { terminal } = await stack.client.sessions.create({
      body: { agent_profile: 'developer', provider: 'scripted', session_name: session, host },
    });
    return terminal.id;
  };
  const isLive = (id: string) =>
    soon(`${id} is live`, ({ kind, terminal_id }) => kind === 'terminal.live' && terminal_id === id);
  const waits = (id: string, why: string) =>
    soon(
      `${id} waits: ${why}`,
      ({ kind, terminal_id, data }) =>
        kind === 'terminal.waiting' && terminal_id === id && String(data.reason).includes(why),
    );

  // A terminal is placed there before anybody knows: it is given back, and goes to the other host.
  const setMode = (mode: 'cordoned' | 'open') =>
    stack.client.hosts.setMode({ params: { ref: 'host-2' }, body: { mode } });
  await setMode('cordoned');
  sick.agent.pause();
  const moved = await start(`moved-${word}`);
  await soon('it is placed', ({ kind, terminal_id }) => kind === 'terminal.placed' && terminal_id === moved);
  const condition = disk.harm();
  sick.agent.resume();
  await waits(moved, `could not start: ${says[condition]}`);
  await setMode('open');
  expect((await isLive(moved)).host_id).toBe((await chiefNow()).host_id);
  await soon('it is told', ({ kind, data }) => kind === 'host.disk' && data.condition === condition);

  // A message waits, and says why.
  const text = `while ${word}`;
  const { message } = await stack.client.terminals.send({ params: { id: reader.id }, body: { text } });
  await waits(reader.id, `message ${message.seq} waits: ${condition}`);

  // The result comes back to the host, its turn ends there, and its own result goes on.
  await stack.client.approvals.answer({
    params: { id: String(asks.data.approval_id) },
    body: { decision: 'allow' },
  });
  const answer = `so it said ${word}`;
  await soon(
    'the chain has its end',
    ({ kind, terminal_id, data }) =>
      kind === 'terminal.turn_ended' && terminal_id === chief.id && data.chars === answer.length,
  );
  expect((await chiefNow()).last_answer).toBe(answer);
  await soon(
    'the middle one is closed',
    ({ kind, terminal_id }) => kind === 'terminal.closed' && terminal_id === middle,
  );

  // Whoever looks sees it.
  const shown = await stack.cao(['host', 'show', 'host-1']);
  expect(shown.stdout).toContain(`${says[condition]} since 2`);
  const doctor = await stack.cao(['doctor']);
  expect(doctor.stdout).toContain(`host host-1: ${says[condition]} (for `);
  expect(doctor.stdout).toMatch(/next: .*disk of its state folder/);
  expect((await stack.cao(['why', message.id])).stdout).toContain(says[condition]);

  // Nothing more is placed there, and who may run nowhere else waits.
  const bound = await start(`bound-${word}`, 'host-1');
  await waits(bound, `host-1: ${says[condition]}`);
  await disk.meanwhile();
  expect((await stack.client.terminals.message({ params: { id: message.id } })).message.state).toBe('queued');

  await disk.mend();
  await soon('it is over', ({ kind, data }) => kind === 'host.disk' && data.condition === null);
  await soon(
    'the message arrives',
    ({ kind, data }) => kind === 'message.accepted' && data.message_id === message.id,
  );
  await isLive(bound);
  const submitted = recordOf(join(stack.dir, 'record'), reader.id).filter(
    (line) => line.n !== undefined && line.text === text,
  );
  expect(submitted).toHaveLength(1);
  expect((await stack.cao(['host', 'show', 'host-1'])).stdout).not.toContain('its disk');
  return { middle, condition };
}

test('a host whose disk is full, and then read-only, loses nothing, says so, and gets nothing new meanwhile', {
  timeout: TIMEOUT_MS,
}, async () => {
  using disk = openSmallDisk();
  await using stack = await withStack({
    hosts: 2,
    stateRoot: (host) => (host === 'host-1' ? disk.path : undefined),
  });
  const [sick] = stack.hosts as [(typeof stack.hosts)[number]];
  const chief = await startAgent(stack, 'chief', 'host-2');
  const reader = await startAgent(stack, 'reader', 'host-1');
  const restart = async () => {
    await sick.agent.kill('SIGKILL');
    await sick.agent.start();
  };

  const full = await endure(
    stack,
    { word: 'full', chief, reader },
    {
      harm: () => disk.fill(sick.stateDir, sick.agent.pid!),
      // What it had told needs no disk, and it starts without any.
      meanwhile: () => (disk.isReal ? restart() : Promise.resolve()),
      mend: async () => disk.mend(),
    },
  );
  if (disk.isReal) {
    const { gaps } = await transcriptOf(stack, full.middle);
    expect(gaps.map(({ why }) => why)).toContainEqual('the host could not write it: ENOSPC');
  }
  await restart();
  await expectServing(stack, reader.id);

  await endure(
    stack,
    { word: 'forbidden', chief, reader },
    {
      harm: () => disk.forbid(sick.stateDir, sick.agent.pid!),
      // It says why it does not start; what it had told and what waits for it are elsewhere.
      async meanwhile() {
        if (!disk.isReal) return;
        await sick.agent.kill('SIGKILL');
        await expect(sick.agent.start()).rejects.toThrow(
          `cannot start on ${sick.stateDir}: its disk is read-only`,
        );
      },
      async mend() {
        disk.mend();
        if (disk.isReal) await sick.agent.start();
      },
    },
  );
  await expectServing(stack, reader.id);
  expect((await stack.cao(['doctor'])).stdout).toBe('Nothing is stuck.\n');
});
