import { expect, test } from 'vitest';
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
const HITS = [1, 2];

const MALICE = 'seed=11,swallow_enter=0.2,dialog=0.1,lose_hook=0.2,delay=0-200';

async function dieAt(process: Stack['api'], point: string): Promise<void> {
  await process.kill('SIGTERM');
  await process.start({ CAO_FAILPOINTS: point });
  await process.ended();
  await process.start();
}

test('dying at any step around commit, frame and paste leaves every message in its pane exactly once, in order', {
  timeout: 240_000,
}, async () => {
  await using stack = await withStack({ hosts: 1, agentEnv: { CAO_SCRIPTED_MALICE: MALICE } });
  const inboxes = await openInboxes(stack, 3);
  const sendOne = sender(stack, inboxes);
  const faults = [
    ...API_POINTS.flatMap((point) =>
      HITS.map((hit) => ({ process: stack.api, point: `${point}=kill@${hit}` })),
    ),
    ...AGENT_POINTS.flatMap((point) =>
      HITS.map((hit) => ({ process: stack.hosts[0]!.agent, point: `${point}=kill@${hit}` })),
    ),
  ];

  for (const { process, point } of faults) {
    const dying = dieAt(process, point);
    // Enough mail for the point to be reached: it is sent again and again by whoever comes back.
    while ((await Promise.race([dying.then(() => 'dead'), sendOne().then(() => 'alive')])) === 'alive');
    await dying;
  }

  const verdict = await settleAndJudge(stack, inboxes);
  expect(verdict).toMatchObject({
    open: 0,
    lost: [],
    doubled: [],
    reordered: [],
    deadButTaken: [],
    dialogsAnswered: [],
  });
  expect(verdict.accepted).toBeGreaterThan(faults.length);
});
