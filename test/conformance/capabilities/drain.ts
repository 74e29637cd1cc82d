import type { EventView } from '@cao/contracts';
import { answerOf, expect, type Stage } from '../stage.ts';

const SCRIPTED = 10;
/** Long enough for all of them to be in the middle of a turn at the same time. Units: ms. */
const WORK_MS = 20_000;
/** Eleven starts and moves on a busy machine. Units: ms. */
const EACH_MS = 180_000;

/** The CLI and ten scripted agents, all at work on one host, which is drained: each turn ends there, and all go on elsewhere. */
export async function drained({ stack, provider }: Stage): Promise<string> {
  const { client } = stack;
  const [from, to] = stack.hosts.map(({ name }) => name) as [string, string];
  const setMode = (ref: string, mode: 'open' | 'cordoned' | 'draining') =>
    client.hosts.setMode({ params: { ref }, body: { mode } });
  const after = Math.max(0, ...stack.events.all().map(({ id }) => id));
  const each = (what: string, ids: readonly string[], accept: (event: EventView) => boolean) =>
    Promise.all(
      ids.map((id) =>
        stack.event(
          `${what} (${id})`,
          (event) => event.id > after && event.terminal_id === id && accept(event),
          EACH_MS,
        ),
      ),
    );

  await setMode(to, 'cordoned');
  const agents = [provider.id, ...Array<string>(SCRIPTED).fill('scripted')];
  const created = await Promise.all(
    agents.map((id, n) =>
      client.sessions.create({
        body: {
          agent_profile: 'developer',
          provider: id,
          session_name: `drain-${n}`,
          message: `[[sleep ${WORK_MS}]] [[say answer ${n}]]`,
        },
      }),
    ),
  );
  const ids = created.map(({ terminal }) => terminal.id);
  try {
    await each('it works', ids, ({ kind }) => kind === 'message.accepted');
    await setMode(to, 'open');
    await setMode(from, 'draining');
    await each('its turn ended', ids, ({ kind }) => kind === 'terminal.turn_ended');
    await each('it goes on', ids, ({ kind, data }) => kind === 'terminal.live' && data.epoch === 2);
    for (const [n, id] of ids.entries()) {
      const { terminal } = await client.terminals.get({ params: { id } });
      const said = `${terminal.last_answer} at ${terminal.host_name}`;
      expect(said === `answer ${n} at ${to}`, `agent ${n} says ${said}`);
    }
    const sent = await Promise.all(
      ids.map((id) => client.terminals.send({ params: { id }, body: { text: '[[say here]]' } })),
    );
    for (const { message } of sent) {
      const { message: now } = await client.terminals.waitMessage({ params: { id: message.id }, query: {} });
      expect(now.state === 'accepted', `a message to a moved agent is ${now.state}: ${now.reason ?? ''}`);
    }
    return `${ids.length} agents`;
  } finally {
    await setMode(from, 'open');
    await setMode(to, 'open');
    for (const { session } of created)
      await client.sessions.shutdown({ params: { name: session.name }, query: {} });
  }
}

/** Drained from its host in the middle of a conversation, which goes on at the other one: the model is told what was said before. */
export async function moved(stage: Stage): Promise<string> {
  const { client, stack } = stage;
  const first = '[[say the first]] of a conversation that moves';
  const agent = await stage.own({});
  await answerOf(agent, first);
  const { terminal } = await client.terminals.get({ params: { id: agent.id } });
  const setMode = (mode: 'open' | 'draining') =>
    client.hosts.setMode({ params: { ref: terminal.host_name! }, body: { mode } });
  const begun = performance.now();
  await setMode('draining');
  try {
    const { data } = await stack.event(
      'it goes on elsewhere',
      (event) => event.kind === 'terminal.live' && event.terminal_id === agent.id && event.data.epoch === 2,
      EACH_MS,
    );
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const answer = await answerOf(agent, '[[say the second]]');
    expect(answer === 'the second', `the answer was ${answer}`);
    const prompts = stage.prompts(agent);
    expect(prompts.includes(first), `${data.note}; the model was told ${JSON.stringify(prompts)}`);
    return `after ${seconds} s`;
  } finally {
    await setMode('open');
  }
}
