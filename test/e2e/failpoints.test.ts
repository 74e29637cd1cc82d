import { takesInput } from '@cao/contracts';
import { expect, test } from 'vitest';
import { judgeAll } from '../chaos/check.ts';
import { readRecords } from '../chaos/evidence.ts';
import { watchLedger } from '../chaos/ledger.ts';
import { handoffsOnly, startTraffic } from '../chaos/traffic.ts';
import type { ServiceProcess } from '../support/stack/service-process.ts';
import { openInboxes, sender, settleAndJudge } from '../support/stack/storm.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

/** Every named place around commit, frame and paste where a message is on its way, and who dies there. */
const API_POINTS = [
  'api.deliver.before-frame',
  'api.deliver.after-frame',
  'api.deliver.after-commit',
  'api.event.before-commit',
  'api.event.after-commit',
  'api.event.before-ack',
];
const AGENT_POINTS = [
  'agent.deliver.before',
  'deliver.before-buffer',
  'deliver.before-paste',
  'deliver.after-paste',
  'submit.before-cr',
  'submit.after-cr',
  'agent.done.before-frame',
  'agent.spool.before-write',
  'agent.spool.after-write',
];
/** At its first passage in every run; with a long storm (`CAO_STORM_FAULTS`) at its second one too. */
const HITS = process.env.CAO_STORM_FAULTS ? [1, 2] : [1];

const MALICE = 'seed=11,swallow_enter=0.2,dialog=0.1,lose_hook=0.2,delay=0-200';

/** Each life of the process ends at the next point; the last one goes on. */
async function dieAtEach(stack: Stack, process: ServiceProcess, points: readonly string[]): Promise<void> {
  await process.kill('SIGTERM');
  for (const point of points) {
    await process.start({ CAO_FAILPOINTS: point });
    if (process === stack.api) await stack.leadTo(process);
    await process.ended();
  }
  await process.start();
}

const withHits = (points: readonly string[]) =>
  points.flatMap((point) => HITS.map((hit) => `${point}=kill@${hit}`));

test('dying at any step around commit, frame and paste leaves every message in its pane exactly once, in order', {
  timeout: 240_000,
}, async () => {
  await using stack = await withStack({ hosts: 1, agentEnv: { CAO_SCRIPTED_MALICE: MALICE } });
  const inboxes = await openInboxes(stack, 3);
  const sendOne = sender(stack, inboxes);
  const lives = [
    { process: stack.api, points: withHits(API_POINTS) },
    { process: stack.hosts[0]!.agent, points: withHits(AGENT_POINTS) },
  ];

  for (const { process, points } of lives) {
    const dying = dieAtEach(stack, process, points);
    // Enough mail for the points to be reached: it is sent again and again by whoever comes back.
    while ((await Promise.race([dying.then(() => 'over'), sendOne().then(() => 'alive')])) === 'alive');
    await dying;
  }

  const verdict = await settleAndJudge(stack, inboxes);
  expect(verdict).toMatchObject({
    open: 0,
    lost: [],
    doubled: [],
    reordered: [],
    garbled: [],
    deadButTaken: [],
    dialogsAnswered: [],
  });
  expect(verdict.accepted).toBeGreaterThan(API_POINTS.length + AGENT_POINTS.length);
});

/** The same for a call that starts a worker, and for the answer's way back. */
const CALL_POINTS = {
  api: [
    'api.commit.before',
    'api.commit.after',
    'queue.ring.before',
    'queue.ring.after',
    'queue.handle.before',
    'queue.handle.after',
    'api.start.before-frame',
    'api.start.after-frame',
    'api.start.after-commit',
  ],
  scheduler: ['scheduler.place.before-commit', 'scheduler.place.after-commit'],
  agent: ['birth.before', 'birth.after', 'agent.turn-end.before-tell'],
};
/** Longer than the sweep, which finds what a bell that was never rung has missed. Units: ms. */
const SETTLE_MS = 60_000;

test('dying at any step from a call to its answer starts one worker for it, and the answer comes back', {
  timeout: 300_000,
}, async () => {
  await using stack = await withStack({ hosts: 1, capacity: 50 });
  const requesters = await openInboxes(stack, 2);
  await using cleanup = new AsyncDisposableStack();
  const eye = await watchLedger(stack.databaseUrl);
  cleanup.defer(() => eye.stop());
  const traffic = startTraffic(stack, eye, () => requesters, 1, handoffsOnly);
  traffic.upTo(Infinity);

  await dieAtEach(stack, stack.api, withHits(CALL_POINTS.api));
  await dieAtEach(stack, stack.scheduler, withHits(CALL_POINTS.scheduler));
  await dieAtEach(stack, stack.hosts[0]!.agent, withHits(CALL_POINTS.agent));

  await traffic.stop();
  const stopped = performance.now();
  // A requester whose call is being tried again is in the middle of its turn, and its task may not be there yet.
  await eye.until(
    ({ at, open, runningTasks, terminals }) =>
      at > stopped &&
      open.size + runningTasks === 0 &&
      requesters.every((id) => takesInput(terminals.get(id)!.status)),
    SETTLE_MS,
  );
  const { taken, delegations } = traffic;
  const judgement = judgeAll({ dump: await eye.dump(), records: readRecords(stack), taken, delegations });
  const { sent, accepted, dead, open, handoffs, assigns, ...wrong } = judgement;
  expect(open).toBe(0);
  expect(Object.values(wrong).flat()).toEqual([]);
  expect(handoffs).toBeGreaterThan(5);
});
