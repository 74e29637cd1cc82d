import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent } from '../agent.ts';
import { answerOf, expect, type Stage } from '../stage.ts';

const handoffTo = (work: string, timeout = 600) =>
  `[[call handoff ${JSON.stringify({ agent_profile: 'conformance_worker', message: work, timeout })}]]`;

/** With a worker that is no CLI under test. */
export async function call(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const begun = performance.now();
  const answer = await answerOf(agent, `${handoffTo('[[say from the worker]]')} [[say got $1.output]]`);
  expect(answer === 'got from the worker', `the answer was ${answer}`);
  return `${((performance.now() - begun) / 1000).toFixed(1)} s with a worker`;
}

/** Four minutes; the tool answers `running` before the CLI gives up, and the wait goes on in another call. */
const LONG_MS = 250_000;
/** No call is longer, whatever the CLI would allow. */
const LONGEST_CALL_MS = 240_000;

export async function longCall(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const before = stage.turns().length;
  const script = `${handoffTo(`[[sleep ${LONG_MS}]] [[say from the worker]]`)} [[say got $1.output]]`;
  const answer = await answerOf(agent, script, LONG_MS + 120_000);
  expect(answer === 'got from the worker', `the answer was ${answer}`);
  const turns = stage.turns().slice(before);
  const silences = turns.slice(1).map((request, nth) => request.at - (turns[nth]?.ended?.at ?? request.at));
  const longest = Math.max(0, ...silences);
  const wanted = Math.min(stage.provider.maxCallMs, LONGEST_CALL_MS) - 5_000;
  if (!stage.cli.received)
    expect(longest >= wanted, `the CLI gave up: its calls took ${silences.join(', ')} ms`);
  return stage.cli.received ? '' : `longest call ${Math.round(longest / 1000)} s, ${silences.length} calls`;
}

/** The server is gone in the middle of a call: an error at once, and the next call reaches the new one. */
const AT_ONCE_MS = 15_000;

export async function agentKilled(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const { host } = agent;
  const tasks = (await tasksOf(stage, agent)).length;
  const since = agent.now();
  await agent.send(`${handoffTo('[[sleep 10000]] [[say from the worker]]')} [[say got $1.output]]`);
  await workerHasIt(stage, agent, since);
  const before = stage.turns().length;
  await host.agent.kill();
  const killed = Date.now();
  let figure = '';
  try {
    if (!stage.cli.received) {
      const { at } = await stage.asked(before, AT_ONCE_MS);
      figure = `told after ${at - killed} ms`;
    }
  } finally {
    await host.agent.start();
  }
  const { answer } = await agent.turnEnd(since);
  expect(answer === 'got from the worker', `the answer was ${answer}`);
  const more = (await tasksOf(stage, agent)).length - tasks;
  expect(more === 1, `the call and its repetition made ${more} tasks`);
  return figure;
}

async function tasksOf({ client }: Stage, { session }: Agent) {
  return (await client.tasks.list({ query: { session } })).tasks;
}

/** The call is open when its worker works. */
const workerHasIt = (stage: Stage, agent: Agent, since: number) =>
  stage.stack.event(
    'the worker has its task',
    ({ id, kind, data }) =>
      id > since && kind === 'message.accepted' && data.kind === 'handoff' && data.sender === agent.id,
  );

export async function restriction(stage: Stage): Promise<string> {
  const { forbidden } = stage.cli;
  if (!forbidden) throw new Error('clis.ts names no forbidden call for it');
  const { tool, input, offers, found = {} } = forbidden;
  const agent = await stage.own({ profile: 'conformance_reader', yolo: true, found });
  await answerOf(agent, `[[call ${tool} ${JSON.stringify(input)}]] [[say tried]]`);
  expect(!existsSync(join(agent.cwd, 'forbidden')), 'a tool ran that the profile does not have');
  expect(!existsSync(join(agent.cwd, 'hooked')), 'a hook of the folder ran');
  const offered = stage.turns().at(-1)?.asked?.offered ?? [];
  const bad = offered.map(({ name }) => name).filter((name) => offers.test(name));
  expect(bad.length === 0, `nothing ran, but the model was offered ${bad.join(', ')}`);
  return `${offered.length} tools offered`;
}
