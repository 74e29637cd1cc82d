import { setTimeout as pause } from 'node:timers/promises';
import { FINAL_ANSWER, finalAnswer, type StoryPace, supervisorPrompt } from '../../support/stack/story.ts';
import type { Stack } from '../../support/stack/with-stack.ts';
import { expect, type Stage } from '../stage.ts';

/** A real CLI starts in seconds, and the machine may be busy with eight of them. Units: ms. */
const STORY_MS = 180_000;

/** The CLI as supervisor and as worker, on two hosts. */
export const story = (stage: Stage) => tell(stage, 'story', {});

export const killedInHandoff = (stage: Stage) =>
  tell(stage, 'killed', { handoffMs: 8_000 }, async (stack, supervisor) => {
    const { agent } = await hostOf(stack, supervisor);
    await agent.kill();
    await agent.start();
  });

/** A handoff of that length, its requester's agent killed half-way. */
export const longHandoff = (stage: Stage, minutes: number) =>
  tell(stage, 'long', { handoffMs: minutes * 60_000 }, async (stack, supervisor) => {
    const { agent } = await hostOf(stack, supervisor);
    await pause((minutes * 60_000) / 2);
    await agent.kill();
    await agent.start();
  });

async function hostOf(stack: Stack, supervisor: string) {
  await stack.event(
    'the handoff was taken',
    ({ kind, data }) => kind === 'message.accepted' && data.kind === 'handoff' && data.sender === supervisor,
    STORY_MS,
  );
  const { terminal } = await stack.client.terminals.get({ params: { id: supervisor } });
  return stack.hosts.find((one) => one.name === terminal.host_name)!;
}

async function tell(
  { stack, provider }: Stage,
  session: string,
  pace: StoryPace,
  fault?: (stack: Stack, supervisor: string) => Promise<void>,
): Promise<string> {
  const begun = performance.now();
  const { client } = stack;
  const { terminal } = await client.sessions.create({
    body: {
      agent_profile: 'code_supervisor',
      provider: provider.id,
      session_name: session,
      message: supervisorPrompt(pace),
    },
  });
  try {
    await fault?.(stack, terminal.id);
    const answer = await finalAnswer(stack, terminal.id, STORY_MS + (pace.handoffMs ?? 0));
    expect(answer === FINAL_ANSWER, `the supervisor's last answer was ${JSON.stringify(answer)}`);
    const { tasks } = await client.tasks.list({ query: { session } });
    const states = tasks.map((task) => `${task.kind} ${task.state}`).sort();
    expect(
      states.join() === 'assign completed,assign completed,handoff completed',
      `the tasks were: ${states.join(', ')}`,
    );
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    const { terminals } = await client.sessions.get({ params: { name: session } });
    return `${seconds} s, ${new Set(terminals.map((one) => one.host_name)).size} hosts`;
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${await reportOf(stack, terminal.id)}`);
  } finally {
    const { remaining } = await client.sessions.shutdown({ params: { name: session }, query: {} });
    if (remaining.length > 0) console.error(`after the shutdown ${remaining.length} terminals remained`);
  }
}

async function reportOf(stack: Stack, id: string): Promise<string> {
  const { messages } = await stack.client.terminals.messages({ params: { id }, query: {} });
  const inbox = messages.map((one) => `${one.seq} ${one.kind} ${one.state}: ${one.text.slice(0, 200)}`);
  const told = stack.events.all().filter((event) => event.terminal_id === id);
  const lines = told.slice(-20).map((one) => `${one.at} ${one.kind} ${JSON.stringify(one.data)}`);
  return [...inbox, ...lines].join('\n');
}
