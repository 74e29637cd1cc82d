import { setTimeout as pause } from 'node:timers/promises';
import { watchArgv } from '../../support/stack/argv-watch.ts';
import { isAlive, processesOf } from '../pane.ts';
import { answerOf, expect, type Stage } from '../stage.ts';

export async function noSecretInArgv(stage: Stage): Promise<string> {
  const watch = watchArgv();
  let seen: readonly string[] = [];
  let token = '';
  try {
    const agent = await stage.own({ yolo: true });
    token = agent.token;
    await answerOf(agent, '[[ask Bash true]] [[call wait_task {"task_id":"t00000000000"}]] [[say done]]');
  } finally {
    seen = [...watch.stop()];
  }
  const bad = seen.filter((argv) => argv.includes(token));
  expect(bad.length === 0, `the token is in the arguments of: ${bad.map((argv) => argv.slice(0, 80))}`);
  return `${seen.length} command lines`;
}

const GONE_MS = 10_000;
const LOOK_AGAIN_MS = 100;

export async function quit(stage: Stage): Promise<string> {
  const agent = await stage.own({});
  await answerOf(agent, '[[say hello]]');
  const pid = agent.pane()?.pid ?? 0;
  const tree = processesOf(pid, agent.id);
  expect(tree.length > 0, 'it has no process');
  const begun = performance.now();
  await agent.close();
  for (const end = begun + GONE_MS; ; await pause(LOOK_AGAIN_MS)) {
    // Those that were there, and those that came since.
    const left = [...tree, ...processesOf(pid, agent.id)].filter(isAlive);
    if (left.length === 0) break;
    if (performance.now() > end)
      throw new Error(
        `left after its end: ${left.map((one) => `${one.pid} ${one.argv.slice(0, 120)}`).join('; ')}`,
      );
  }
  return `${tree.length} processes, ${((performance.now() - begun) / 1000).toFixed(1)} s`;
}

/** The same conversation, in a new terminal: its model is told what was said before. */
export async function resume(stage: Stage): Promise<string> {
  const first = '[[say the first]] of a conversation';
  const ended = await stage.own({});
  await answerOf(ended, first);
  const native = ended.nativeId();
  await ended.close();
  const agent = await stage.own({ resume: ended.id });
  const answer = await answerOf(agent, '[[say the second]]');
  expect(answer === 'the second', `the answer was ${answer}`);
  const prompts = stage.prompts(agent);
  expect(prompts.includes(first), `the model was told ${JSON.stringify(prompts)}`);
  expect(agent.nativeId() === native, `its own id of the session was ${native}, and is ${agent.nativeId()}`);
  return `after ${(agent.startMs / 1000).toFixed(1)} s`;
}
