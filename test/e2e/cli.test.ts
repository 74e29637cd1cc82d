import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bundled } from '../support/bundles.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

/** `cao` as a running process: what it says, and the keys that it is given. */
async function startCao(
  stack: Stack,
  args: readonly string[],
): Promise<{ child: ChildProcess; said: (text: string) => Promise<string> }> {
  const child = spawn(process.execPath, [await bundled('cao'), ...args], {
    env: { ...stack.personEnv, CAO_HOME: join(stack.dir, 'home') },
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: stack.dir,
  });
  let out = '';
  const said = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const late = setTimeout(
        () => reject(new Error(`it did not say ${JSON.stringify(text)} but:\n${out}`)),
        30_000,
      );
      const look = () => {
        if (!out.includes(text)) return;
        clearTimeout(late);
        resolve(out);
      };
      for (const stream of [child.stdout, child.stderr])
        stream!.on('data', (data) => {
          out += String(data);
          look();
        });
      look();
    });
  return { child, said };
}

test('a machine joins by one command, gets work by its label, and is looked at and typed into from here', async () => {
  await using stack = await withStack({ hosts: 1 });
  const invited = await stack.cao(['host', 'invite', '--json']);
  expect(invited.code).toBe(0);
  const { token } = JSON.parse(invited.stdout) as { token: string };
  const joining = await startCao(stack, [
    ...['host', 'join', stack.url, '--token', token, '--name', 'second', '--label', 'gpu'],
    ...['--state', join(stack.dir, 'second')],
  ]);
  const gone = new Promise((resolve) => joining.child.once('exit', resolve));
  try {
    await stack.event(
      'the second host is there',
      (event) => event.kind === 'host.online' && event.data.name === 'second',
    );

    const answered = await stack.cao([
      ...[
        'launch',
        '--agents',
        'developer',
        '--provider',
        'scripted',
        '--label',
        'gpu',
        '--session-name',
        'on-second',
        '--headless',
      ],
      '[[say hello from *there*]]',
    ]);
    expect(answered).toMatchObject({ code: 0, stdout: expect.stringContaining('hello from *there*') });
    const { terminals } = await stack.client.terminals.list({ query: { session: 'on-second' } });
    const [terminal] = terminals;
    expect(terminal?.host_name).toBe('second');

    const attached = await startCao(stack, ['terminal', 'attach', terminal!.id]);
    await attached.said('hello from');
    attached.child.stdin!.write('typed [[say by hand]]\r');
    await attached.said('by hand');
    attached.child.stdin!.write('\u001d');
    await new Promise((resolve) => attached.child.once('exit', resolve));

    const why = await stack.cao(['why', terminal!.id]);
    expect(why).toMatchObject({ code: 0, stdout: expect.stringContaining('second') });
    expect(await stack.cao(['terminal', 'output', terminal!.id])).toMatchObject({
      code: 0,
      stdout: 'by hand\n',
    });
    expect(await stack.cao(['shutdown', '--session', 'on-second'])).toMatchObject({ code: 0 });
  } finally {
    joining.child.kill('SIGTERM');
    await gone;
    await stack.killTmux(join(stack.dir, 'second', 'tmux.sock'));
  }
});

test('a terminal that fits nowhere waits, says why, and starts when a host comes that fits', async () => {
  await using stack = await withStack({ hosts: 1, capacity: 1 });
  const launch = (name: string) =>
    stack.client.sessions.create({
      body: { agent_profile: 'developer', provider: 'scripted', session_name: name },
    });
  await launch('first');
  const { terminal } = await launch('second');
  await stack.event(
    'it waits',
    (event) => event.kind === 'terminal.waiting' && event.terminal_id === terminal.id,
  );

  const why = await stack.cao(['why', terminal.id]);
  expect(why.stdout).toContain('it is full: 1 of 1 terminals');
  await stack.addHost();

  await stack.event(
    'it runs',
    (event) => event.kind === 'terminal.live' && event.terminal_id === terminal.id,
  );
});
