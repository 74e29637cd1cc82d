import { API_PREFIX } from '@cao/contracts';
import { expect, it } from 'vitest';
import { openInboxes } from '../support/stack/storm.ts';
import { withStack } from '../support/stack/with-stack.ts';

it('a message whose api died before it rang is found by the one that holds the link, and delivered once', {
  timeout: 90_000,
}, async () => {
  await using stack = await withStack({ hosts: 1 });
  const [id] = await openInboxes(stack, 1);
  const aside = await stack.addReplica();
  await aside.api.kill('SIGTERM');
  await aside.api.start({ CAO_FAILPOINTS: 'api.commit.after=kill' });
  const call = fetch(`${aside.url}${API_PREFIX}/terminals/${id}/messages`, {
    method: 'POST',
    headers: { authorization: `Bearer ${stack.adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ text: 'reply found' }),
  });
  await expect(call).rejects.toThrow();
  await aside.api.ended();

  const isTaken = ({ kind, terminal_id }: { kind: string; terminal_id: string | null }) =>
    kind === 'message.accepted' && terminal_id === id;
  await stack.event('the message is found', isTaken, 45_000);
  await stack.event(
    'it is answered',
    ({ kind, terminal_id }) => kind === 'terminal.turn_ended' && terminal_id === id,
  );
  expect(stack.events.all().filter(isTaken)).toHaveLength(1);
});
