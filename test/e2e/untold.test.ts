import { Client } from 'pg';
import { expect, it } from 'vitest';
import { withStack } from '../support/stack/with-stack.ts';

it('an event whose process died before it told of it is heard all the same, once', async () => {
  await using stack = await withStack({ hosts: 0 });
  const client = new Client({ connectionString: stack.databaseUrl });
  await client.connect();
  await client.query(
    `insert into events (kind, data, at) values ('host.joined', '{"name": "untold"}', now() - interval '1 minute')`,
  );
  await client.end();
  const isUntold = ({ data }: { data: Record<string, unknown> }) => data.name === 'untold';
  await stack.event('the event that nobody told', isUntold);
  await stack.addHost('told');
  await stack.event('a later one', ({ data }) => data.name === 'told');
  expect(stack.events.all().filter(isUntold)).toHaveLength(1);
});
