import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { EventView } from '@cao/contracts';
import { expect, test } from 'vitest';
import { shapes } from '../support/stack/shape.ts';
import { expectNoSecondWorker, FINAL_ANSWER, finalAnswer, supervisorPrompt } from '../support/stack/story.ts';
import { withStack } from '../support/stack/with-stack.ts';

test.each(shapes)(
  'a supervisor on one host has work done on another and gets the answers back ($backend, $replicas of each service)',
  async (shape) => {
    await using stack = await withStack({ ...shape, hosts: 2, namespaces: true });

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
    // That a CLI took its prompt and that it works since are seen at one moment.
    const moments = (is: (event: EventView) => boolean) =>
      stack.events
        .all()
        .filter(is)
        .map(({ terminal_id, at }) => `${terminal_id} ${at}`);
    const accepted = moments(({ kind }) => kind === 'message.accepted');
    const working = moments(({ kind, data }) => kind === 'terminal.status' && data.status === 'processing');
    expect(accepted.length).toBeGreaterThan(2);
    expect(working).toEqual(expect.arrayContaining(accepted));

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
