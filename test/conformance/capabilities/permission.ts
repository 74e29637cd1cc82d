import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Agent, isPasted } from '../agent.ts';
import { askingFor } from '../clis.ts';
import { answerOf, expect, type Stage } from '../stage.ts';

const made = (agent: Agent, name: string) => existsSync(join(agent.cwd, name));
/** A CLI that asks no model runs no commands either: it only says so. */
const ran = (stage: Stage, agent: Agent, name: string) =>
  stage.cli.received !== undefined || made(agent, name);

interface Question {
  readonly agent: Agent;
  readonly since: number;
  /** The id of its approval. */
  readonly approval: string;
  readonly file: string;
}

async function ask(stage: Stage, file: string): Promise<Question> {
  const agent = await stage.agent();
  const since = agent.now();
  await agent.send(`${askingFor(stage.cli, `touch ${file}`)} [[say made]]`);
  await agent.status(['waiting_user_answer'], since);
  const opened = await agent.event('an approval is open', ({ kind }) => kind === 'approval.opened', since);
  await agent.shows('the question', (text) => text.includes(`touch ${file}`));
  await stage.dwell();
  expect(!made(agent, file), 'it ran before it was allowed');
  return { agent, since, file, approval: String(opened.data.approval_id) };
}

/** As people answer: from anywhere, by the id of the question. */
async function decide(stage: Stage, { approval }: Question, decision: 'allow' | 'deny'): Promise<void> {
  stage.mark('deciding', Date.now());
  await stage.client.approvals.answer({ params: { id: approval }, body: { decision } });
  stage.mark('answered', Date.now());
}

async function expectMade(stage: Stage, { agent, since, file, approval }: Question, state: string) {
  const { answer } = await agent.turnEnd(since);
  expect(answer === 'made' && ran(stage, agent, file), `the turn said ${answer}, or did nothing`);
  const { approval: now } = await stage.client.approvals.get({ params: { id: approval } });
  expect(now.state === state, `its approval is ${JSON.stringify(now)}`);
}

export async function seen(stage: Stage): Promise<string> {
  const question = await ask(stage, 'seen');
  const { agent, since } = question;
  const { terminal } = await stage.client.terminals.get({ params: { id: agent.id } });
  stage.keep(agent, 'permission');
  // What is sent now must not answer it.
  const { id } = await agent.send('[[say after the question]]');
  await stage.dwell();
  expect(!made(agent, 'seen'), 'a message allowed it');
  await decide(stage, question, 'allow');
  await expectMade(stage, question, 'allowed');
  const pasted = await agent.event(
    'what was sent while it asked is pasted',
    ({ kind, data }) => isPasted(kind) && data.message_id === id,
    since,
  );
  const { answer } = await agent.turnEnd(pasted.id);
  expect(answer === 'after the question', `the next turn said ${answer}`);
  return `by its ${terminal.status_source}`;
}

export async function allow(stage: Stage): Promise<string> {
  const question = await ask(stage, 'allowed');
  const begun = performance.now();
  await decide(stage, question, 'allow');
  await expectMade(stage, question, 'allowed');
  return `${((performance.now() - begun) / 1000).toFixed(1)} s to the end of the turn`;
}

export async function deny(stage: Stage): Promise<string> {
  const question = await ask(stage, 'denied');
  const { agent, since } = question;
  await decide(stage, question, 'deny');
  const { error } = await agent.turnEnd(since);
  expect(!made(agent, 'denied'), 'it ran although it was denied');
  const { approval } = await stage.client.approvals.get({ params: { id: question.approval } });
  expect(approval.state === 'denied', `its approval is ${JSON.stringify(approval)}`);
  stage.keep(agent, 'denied');
  await stage.dwell();
  const answer = await answerOf(agent, '[[say on we go]]');
  expect(answer === 'on we go', `the next turn said ${answer}`);
  return `the turn ${error === null ? 'goes on' : 'ends'}`;
}

/** A dialog that has just opened may ignore keys: they are pressed again while it is still seen. Units: ms. */
const KEY_AGAIN_MS = 1_500;
const MOST_PRESSES = 5;

/** By a person at the terminal, while the question may be answered from elsewhere too. */
export async function byHand(stage: Stage): Promise<string> {
  const question = await ask(stage, 'by-hand');
  const { agent } = question;
  const { approval } = await stage.client.approvals.get({ params: { id: question.approval } });
  const { keys } = stage.provider.answer('allow', approval);
  for (let presses = 1; ; presses += 1) {
    expect(presses <= MOST_PRESSES, `it still asks after ${MOST_PRESSES} tries of ${keys.join(' ')}`);
    const at = Date.now();
    await agent.press(keys);
    if (!(await agent.reads((reading) => reading.status !== 'waiting_user_answer', KEY_AGAIN_MS))) continue;
    stage.mark('answered', at);
    await expectMade(stage, question, 'closed');
    return `${presses} × ${keys.join(' ')}`;
  }
}

/** The question stands while nobody holds it, and has the same id afterwards. */
export async function afterDeath(stage: Stage): Promise<string> {
  const question = await ask(stage, 'after-death');
  const { host } = question.agent;
  await host.agent.kill();
  await host.agent.start();
  await decide(stage, question, 'allow');
  await expectMade(stage, question, 'allowed');
  return '';
}

export async function yolo(stage: Stage): Promise<string> {
  const agent = await stage.own({ yolo: true });
  const answer = await answerOf(agent, '[[ask Bash touch by-yolo]] [[say made]]');
  expect(answer === 'made' && ran(stage, agent, 'by-yolo'), `the turn said ${answer}, or did nothing`);
  expect(!agent.told(0).includes('waiting_user_answer'), 'it asked');
  return '';
}

/** As a person stops it: the key, while the reply streams. */
export async function interrupt(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const before = stage.turns().length;
  const since = agent.now();
  await agent.send(stage.slowly(30_000));
  await agent.status(['processing'], since);
  if (!stage.cli.received) {
    await stage.asked(before);
    await agent.shows('the reply', (text) => text.includes('word3'));
  }
  const pressed = performance.now();
  await agent.press(stage.provider.interrupt.keys);
  await agent.status(['idle', 'completed'], since);
  const ms = Math.round(performance.now() - pressed);
  if (!stage.cli.received) {
    const ended = await stage.answered(before);
    expect(ended?.how === 'gone', `the reply ended as ${ended?.how}`);
  }
  stage.keep(agent, 'interrupted');
  const { terminal } = await stage.client.terminals.get({ params: { id: agent.id } });
  expect(terminal.failure === null, `it counts as ${JSON.stringify(terminal.failure)}`);
  await stage.dwell();
  const answer = await answerOf(agent, '[[say back again]]');
  expect(answer === 'back again', `the next turn said ${answer}`);
  return `${ms} ms`;
}
