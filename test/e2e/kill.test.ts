import type { EventView } from '@cao/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ServiceProcess } from '../support/stack/service-process.ts';
import { shapes } from '../support/stack/shape.ts';
import { expectNoSecondWorker, FINAL_ANSWER, finalAnswer, startStory } from '../support/stack/story.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

/** What happens in one session of a stack that others share. */
interface Scene {
  readonly stack: Stack;
  event(what: string, accept: (event: EventView) => boolean): Promise<EventView>;
}

/** The host of a terminal, once it is live. */
async function hostOf({ stack, event }: Scene, accept: (profile: string) => boolean) {
  const live = await event(
    'a terminal is live',
    ({ kind, data }) => kind === 'terminal.live' && accept(String(data.agent_profile)),
  );
  const { terminal } = await stack.client.terminals.get({ params: { id: live.terminal_id! } });
  return stack.hosts.find((host) => host.name === terminal.host_name)!;
}

const accepted = (scene: Scene, prompt: string) =>
  scene.event(
    `a ${prompt} prompt was accepted`,
    ({ kind, data }) => kind === 'message.accepted' && data.kind === prompt,
  );

/** One after the other, so that it is whoever had it in hand. */
async function killEach(replicas: readonly ServiceProcess[]): Promise<void> {
  for (const one of replicas) {
    await one.kill();
    await one.start();
  }
}

/** Each kills something in the middle of the story and brings it back. */
const kills: { what: string; kill: (scene: Scene) => Promise<void> }[] = [
  {
    what: 'the api, while assigned work runs',
    async kill(scene) {
      await accepted(scene, 'assign');
      await killEach(scene.stack.apis);
    },
  },
  {
    what: 'the api, in the middle of a handoff',
    async kill(scene) {
      await accepted(scene, 'handoff');
      await killEach(scene.stack.apis);
    },
  },
  {
    what: 'the scheduler, while workers wait for a place',
    async kill(scene) {
      await scene.event(
        'a worker waits for a place',
        (event) => event.kind === 'terminal.placing' && event.data.caller_id !== null,
      );
      await killEach(scene.stack.schedulers);
    },
  },
  {
    what: "the workers' agent, while assigned work runs",
    async kill(scene) {
      const host = await hostOf(scene, (profile) => profile === 'developer');
      await accepted(scene, 'assign');
      await host.agent.kill();
      await host.agent.start();
    },
  },
  {
    what: "the workers' agent, when a turn has ended and is not told yet",
    async kill(scene) {
      const host = await hostOf(scene, (profile) => profile === 'developer');
      await accepted(scene, 'assign');
      await host.agent.kill();
      await host.agent.start({ CAO_FAILPOINTS: 'agent.turn-end.before-tell=kill' });
      await host.agent.ended();
      await host.agent.start();
    },
  },
  {
    what: "the requester's agent, in the middle of its handoff",
    async kill(scene) {
      const host = await hostOf(scene, (profile) => profile === 'code_supervisor');
      await accepted(scene, 'handoff');
      await host.agent.kill();
      await host.agent.start();
    },
  },
];

describe.each(shapes)('on $backend, with $replicas of each service', (shape) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await withStack({ ...shape, hosts: 2 });
  });
  afterAll(() => stack?.[Symbol.asyncDispose]());

  test.each(kills.map((one, n) => ({ ...one, n })))(
    'the story survives kill -9 of $what',
    async ({ kill, n }) => {
      const supervisor = await startStory(stack, `story-${n}`, { assignedMs: 1_500, handoffMs: 1_500 });
      const { session_name: session } = (await stack.client.terminals.get({ params: { id: supervisor } }))
        .terminal;
      const event: Scene['event'] = (what, accept) =>
        stack.event(what, (one) => one.session_name === session && accept(one));

      await kill({ stack, event });

      expect(await finalAnswer(stack, supervisor)).toBe(FINAL_ANSWER);
      await expectNoSecondWorker(stack, session);
      await stack.client.sessions.shutdown({ params: { name: session } });
    },
  );
});
