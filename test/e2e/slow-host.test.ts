import { expect, test } from 'vitest';
import { openInboxes, settleAndJudge } from '../support/stack/storm.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

const PROBES = 25;
const FLOOD = 40;

/** What a busy machine may add to the slowest of a few dozen; a host that waits for another one takes seconds. Units: ms. */
const NOISE_MS = 1_500;

/** Sends to an idle terminal one by one. @returns the slowest time from a POST until its text was accepted, in ms. */
async function slowest(stack: Stack, terminal: string, round: string): Promise<number> {
  let worst = 0;
  for (let n = 0; n < PROBES; n++) {
    const began = performance.now();
    const { message } = await stack.client.terminals.send({
      params: { id: terminal },
      body: { text: `${round} probe ${n}` },
    });
    await stack.event(
      `${round} probe ${n} is accepted`,
      ({ kind, data }) => kind === 'message.accepted' && data.message_id === message.id,
    );
    worst = Math.max(worst, performance.now() - began);
  }
  return worst;
}

test('a host whose worker-agent stands still slows no other one, refuses nothing that is queued, and loses nothing', {
  timeout: 240_000,
}, async () => {
  await using stack = await withStack({ hosts: 2, backend: 'redis' });
  const inboxes = await openInboxes(stack, 2, ['host-1', 'host-2']);
  const [still, other] = inboxes as [string, string];
  const { agent } = stack.hosts[0]!;

  const before = await slowest(stack, other, 'before');
  agent.pause();
  let screens: Promise<string>[];
  try {
    const sent = Array.from({ length: FLOOD }, (_, n) =>
      stack.client.terminals.send({ params: { id: still }, body: { text: `flood ${n}` } }),
    );
    // Taken, although nobody delivers them.
    for (const { message } of await Promise.all(sent)) expect(['queued', 'pasted']).toContain(message.state);
    // Each is a command that only the host could answer.
    screens = Array.from({ length: FLOOD }, () =>
      stack.client.terminals.output({ params: { id: still }, query: { mode: 'screen' } }).then(
        () => 'answered',
        (error: { code?: string }) => error.code ?? String(error),
      ),
    );
    const during = await slowest(stack, other, 'during');
    console.error(
      `slowest of ${PROBES}: ${Math.round(before)} ms, beside a host that stands still ${Math.round(during)} ms`,
    );
    expect(during).toBeLessThan(before + NOISE_MS);
  } finally {
    agent.resume();
  }
  for (const outcome of await Promise.all(screens))
    expect(['answered', 'timeout', 'host_offline', 'unavailable']).toContain(outcome);
  expect(await settleAndJudge(stack, inboxes)).toMatchObject({
    sent: FLOOD + 2 * PROBES,
    accepted: FLOOD + 2 * PROBES,
    open: 0,
    lost: [],
    doubled: [],
    reordered: [],
  });
});
