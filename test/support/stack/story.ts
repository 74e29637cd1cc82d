import { expect } from 'vitest';
import type { Stack } from './with-stack.ts';

/** What the supervisor says at its end when everything came back right. */
export const FINAL_ANSWER = 'They said alpha and beta; the reviewer says: **looks good**';

export interface StoryPace {
  /** How long the two assigned workers and the one of the handoff work. Units: ms. */
  readonly assignedMs?: number;
  readonly handoffMs?: number;
}

/** A model that is silent for minutes is given up by its CLI: a long piece of work is made of steps. Units: ms. */
const STEP_MS = 60_000;
/** Any call that changes nothing; its refusal ends the step. */
const NEXT_STEP = '[[call wait_task {"task_id":"t00000000000"}]]';

const workFor = (ms: number): string =>
  [
    ...Array<string>(Math.floor(ms / STEP_MS)).fill(`[[sleep ${STEP_MS}]] ${NEXT_STEP}`),
    `[[sleep ${ms % STEP_MS}]]`,
  ].join(' ');

/** Two assigns and a handoff, in the language of the scripted agent. */
export function supervisorPrompt({ assignedMs = 100, handoffMs = 100 }: StoryPace = {}): string {
  const worker = (word: string) =>
    JSON.stringify({ agent_profile: 'developer', message: `[[sleep ${assignedMs}]] [[reply ${word}]]` });
  const reviewer = JSON.stringify({
    agent_profile: 'reviewer',
    message: `${workFor(handoffMs)} [[say **looks good**]]`,
    timeout: 600 + Math.ceil(handoffMs / 1000),
  });
  return [
    'Lead this small piece of work.',
    `[[call assign ${worker('alpha')}]] [[call assign ${worker('beta')}]] [[await 2]]`,
    `[[call handoff ${reviewer}]]`,
    '[[say They said $m1 and $m2; the reviewer says: $3.output]]',
  ].join('\n');
}

export async function startStory(stack: Stack, session: string, pace?: StoryPace): Promise<string> {
  const { terminal } = await stack.client.sessions.create({
    body: {
      agent_profile: 'code_supervisor',
      provider: 'scripted',
      session_name: session,
      message: supervisorPrompt(pace),
    },
  });
  return terminal.id;
}

/** The supervisor's last answer once it is the final one; the order of the two results is theirs. */
export async function finalAnswer(stack: Stack, supervisor: string, timeoutMs = 90_000): Promise<string> {
  const read = async () =>
    (await stack.client.terminals.get({ params: { id: supervisor } })).terminal.last_answer ?? '';
  let answer = '';
  await stack.event(
    'the final answer of the supervisor',
    (event) =>
      event.kind === 'terminal.turn_ended' &&
      event.terminal_id === supervisor &&
      Number(event.data.chars) >= FINAL_ANSWER.length,
    timeoutMs,
  );
  answer = await read();
  return answer.replace('beta and alpha', 'alpha and beta');
}

/** Three workers, three tasks, each completed, none twice. */
export async function expectNoSecondWorker(stack: Stack, session: string): Promise<void> {
  // A worker sends its result before its turn, and with that its task, has ended.
  const ended = new Set<string>();
  await stack.event(
    'three tasks have ended',
    ({ kind, task_id, session_name }) =>
      kind === 'task.ended' &&
      session_name?.endsWith(session) === true &&
      task_id !== null &&
      ended.add(task_id).size === 3,
  );
  const { tasks } = await stack.client.tasks.list({ query: { session } });
  expect(tasks.map((task) => `${task.kind} ${task.state}`).sort()).toEqual([
    'assign completed',
    'assign completed',
    'handoff completed',
  ]);
  const { terminals } = await stack.client.sessions.get({ params: { name: session } });
  expect(terminals.map((terminal) => terminal.agent_profile).sort()).toEqual([
    'code_supervisor',
    'developer',
    'developer',
    'reviewer',
  ]);
}
