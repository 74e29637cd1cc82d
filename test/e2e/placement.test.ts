import { expect, test } from 'vitest';
import { withStack } from '../support/stack/with-stack.ts';

test('fifty launches at once with two schedulers: no host gets more than it takes, the others wait, and none is lost', async () => {
  await using stack = await withStack({ hosts: 2, capacity: 3, replicas: 2, backend: 'redis' });
  const made = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      stack.client.sessions.create({
        body: { agent_profile: 'developer', provider: 'scripted', session_name: `crowd-${n}` },
      }),
    ),
  );
  const placed = new Set<string>();
  await stack.event(
    'six are placed',
    ({ kind, terminal_id }) => kind === 'terminal.placed' && placed.add(terminal_id!).size === 6,
  );
  const waiting = new Set<string>();
  await stack.event(
    'the others wait',
    ({ kind, terminal_id }) => kind === 'terminal.waiting' && waiting.add(terminal_id!).size === 44,
  );
  const { hosts } = await stack.client.hosts.list();
  expect(hosts.map(({ terminals }) => terminals)).toEqual([3, 3]);
  const [first] = [...waiting];
  expect((await stack.cao(['why', first!])).stdout).toContain('it is full: 3 of 3 terminals');

  // Two places become free: two go on, and no more.
  const left = [...placed].slice(0, 2);
  for (const { session, terminal } of made)
    if (left.includes(terminal.id))
      await stack.client.sessions.shutdown({ params: { name: session.name }, query: {} });
  await stack.event(
    'eight were placed',
    ({ kind, terminal_id }) => kind === 'terminal.placed' && placed.add(terminal_id!).size === 8,
  );
  expect((await stack.client.hosts.list()).hosts.map(({ terminals }) => terminals)).toEqual([3, 3]);
});

test('apart means another host, and a worker on the same host finds its place beside its requester', async () => {
  await using stack = await withStack({ hosts: 2 });
  const call = (more: object) =>
    `[[call assign ${JSON.stringify({ agent_profile: 'developer', provider: 'scripted', message: '[[say done]]', ...more })}]]`;
  const { terminal } = await stack.client.sessions.create({
    body: {
      agent_profile: 'developer',
      provider: 'scripted',
      session_name: 'pair',
      message: `${call({ same_host: true })} ${call({ apart: true })} ${call({ apart: true })} [[say asked]]`,
    },
  });
  const placed = new Set<string>();
  await stack.event(
    'three are placed',
    ({ kind, terminal_id }) => kind === 'terminal.placed' && placed.add(terminal_id!).size === 3,
  );
  await stack.event(
    'one waits',
    ({ kind, data }) => kind === 'terminal.waiting' && String(data.reason).includes('it is to be apart'),
  );
  const { terminals } = await stack.client.sessions.get({ params: { name: 'pair' } });
  const [supervisor, beside, apart] = terminals;
  expect(supervisor!.id).toBe(terminal.id);
  expect(beside!.host_id).toBe(supervisor!.host_id);
  expect(apart!.host_id).not.toBe(supervisor!.host_id);
});
