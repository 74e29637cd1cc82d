import { Client } from 'pg';
import { expect, test } from 'vitest';
import { withStack } from '../support/stack/with-stack.ts';

test('the doctor finds nothing in a healthy cluster, and names what is stuck, why, and what to do', async () => {
  await using stack = await withStack({ hosts: 1 });
  expect(await stack.cao(['doctor'])).toMatchObject({ code: 0, stdout: 'Nothing is stuck.\n' });

  const { terminal } = await stack.client.sessions.create({
    body: {
      agent_profile: 'developer',
      provider: 'scripted',
      session_name: 'stuck',
      labels: ['gpu'],
      message: '[[say one]]',
    },
  });
  await stack.event(
    'it waits',
    ({ kind, terminal_id }) => kind === 'terminal.waiting' && terminal_id === terminal.id,
  );
  // Time passes in the rows: the limits are the database's own.
  const rows = new Client({ connectionString: stack.databaseUrl });
  await rows.connect();
  await rows.query("update terminals set created_at = created_at - interval '5 minutes' where id = $1", [
    terminal.id,
  ]);
  await rows.end();
  await stack.hosts[0]!.agent.kill('SIGKILL');
  await Promise.all(stack.schedulers.map((one) => one.kill('SIGKILL')));

  const { stdout } = await stack.cao(['doctor']);
  expect(stdout).toContain(`terminal ${terminal.id}: waits for a host`);
  expect(stdout).toContain('next: Join a host that fits');
  const { findings } = JSON.parse((await stack.cao(['doctor', '--json'])).stdout) as { findings: unknown[] };
  expect(findings).toContainEqual(
    expect.objectContaining({ kind: 'terminal', id: terminal.id, what: 'waits for a host' }),
  );
});
