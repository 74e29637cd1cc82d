import { expect, test } from 'vitest';
import { expectNoSecondWorker, FINAL_ANSWER, finalAnswer, startStory } from '../support/stack/story.ts';
import { type Backend, type Stack, withStack } from '../support/stack/with-stack.ts';

const backends: Backend[] = ['postgres', 'redis'];

/** The host of a terminal, once it is live. */
async function hostOf(stack: Stack, accept: (profile: string) => boolean) {
  const live = await stack.event(
    'a terminal is live',
    (event) => event.kind === 'terminal.live' && accept(String(event.data.agent_profile)),
  );
  const { terminal } = await stack.client.terminals.get({ params: { id: live.terminal_id! } });
  return stack.hosts.find((host) => host.name === terminal.host_name)!;
}

const accepted = (stack: Stack, kind: string) =>
  stack.event(
    `a ${kind} prompt was accepted`,
    (event) => event.kind === 'message.accepted' && event.data.kind === kind,
  );

/** Each kills something in the middle of the story and brings it back. */
const kills: { what: string; kill: (stack: Stack) => Promise<void> }[] = [
  {
    what: 'the api, while assigned work runs',
    async kill(stack) {
      await accepted(stack, 'assign');
      await stack.api.kill();
      await stack.api.start();
    },
  },
  {
    what: 'the api, in the middle of a handoff',
    async kill(stack) {
      await accepted(stack, 'handoff');
      await stack.api.kill();
      await stack.api.start();
    },
  },
  {
    what: 'the scheduler, while workers wait for a place',
    async kill(stack) {
      await stack.event(
        'a worker waits for a place',
        (event) => event.kind === 'terminal.placing' && event.data.caller_id !== null,
      );
      await stack.scheduler.kill();
      await stack.scheduler.start();
    },
  },
  {
    what: "the workers' agent, while assigned work runs",
    async kill(stack) {
      const host = await hostOf(stack, (profile) => profile === 'developer');
      await accepted(stack, 'assign');
      await host.agent.kill();
      await host.agent.start();
    },
  },
  {
    what: "the workers' agent, when a turn has ended and is not told yet",
    async kill(stack) {
      const host = await hostOf(stack, (profile) => profile === 'developer');
      await accepted(stack, 'assign');
      await host.agent.kill();
      await host.agent.start({ CAO_FAILPOINTS: 'agent.turn-end.before-tell=kill' });
      await host.agent.ended();
      await host.agent.start();
    },
  },
  {
    what: "the requester's agent, in the middle of its handoff",
    async kill(stack) {
      const host = await hostOf(stack, (profile) => profile === 'code_supervisor');
      await accepted(stack, 'handoff');
      await host.agent.kill();
      await host.agent.start();
    },
  },
];

for (const backend of backends) {
  test.each(kills)(`the story survives kill -9 of $what (${backend})`, async ({ kill }) => {
    await using stack = await withStack({ backend, hosts: 2 });
    const supervisor = await startStory(stack, 'my-task', { assignedMs: 1_500, handoffMs: 1_500 });

    await kill(stack);

    expect(await finalAnswer(stack, supervisor)).toBe(FINAL_ANSWER);
    await expectNoSecondWorker(stack, 'my-task');
  });
}
