import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { expectNoSecondWorker, FINAL_ANSWER, finalAnswer, supervisorPrompt } from '../support/stack/story.ts';
import { type Backend, withStack } from '../support/stack/with-stack.ts';

test.each<Backend>(['postgres', 'redis'])(
  'a supervisor on one host has work done on another and gets the answers back (%s)',
  async (backend) => {
    await using stack = await withStack({ backend, hosts: 2, namespaces: true });

    const launched = await stack.cao([
      ...[
        'launch',
        '--agents',
        'code_supervisor',
        '--provider',
        'scripted',
        '--session-name',
        'my-task',
        '--headless',
        '--async',
        '--json',
      ],
      supervisorPrompt(),
    ]);
    expect(launched).toMatchObject({ code: 0 });
    const { terminals } = await stack.client.sessions.get({ params: { name: 'my-task' } });
    const supervisor = terminals[0]!.id;
    expect(await finalAnswer(stack, supervisor)).toBe(FINAL_ANSWER);
    await expectNoSecondWorker(stack, 'my-task');

    const all = (await stack.client.sessions.get({ params: { name: 'my-task' } })).terminals;
    expect(new Set(all.map((terminal) => terminal.host_name)).size).toBe(2);
    const status = await stack.cao(['session', 'status', 'cao-my-task', '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ session: { name: 'cao-my-task', state: 'open' } });

    expect(await stack.cao(['shutdown', '--session', 'cao-my-task'])).toMatchObject({ code: 0 });
    await stack.event('the end of the session', (event) => event.kind === 'session.closed');
    for (const host of stack.hosts) {
      expect(host.windows()).toEqual([]);
      const folder = join(host.stateDir, 'terminals');
      expect(existsSync(folder) ? readdirSync(folder) : []).toEqual([]);
    }
  },
);
