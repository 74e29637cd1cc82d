import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent } from '../agent.ts';
import { askingFor } from '../clis.ts';
import { answerOf, expect, type Stage } from '../stage.ts';

const made = (agent: Agent, name: string) => existsSync(join(agent.cwd, name));
/** A CLI that asks no model runs no commands either: it only says so. */
const ran = (stage: Stage, agent: Agent, name: string) =>
  stage.cli.received !== undefined || made(agent, name);

/** The open approval of an agent is answered from here, as a person would by the page or the command. @returns ms it took. */
async function decide(stage: Stage, agent: Agent, decision: 'allow' | 'deny'): Promise<number> {
  const { approvals } = await stage.client.approvals.list({ query: { terminal: agent.id, state: 'open' } });
  const [approval] = approvals;
  if (!approval || approvals.length > 1) throw new Error(`${approvals.length} approvals are open`);
  const began = performance.now();
  stage.mark('answered', Date.now());
  const params = { id: approval.id };
  const { approval: after } = await stage.client.approvals.answer({ params, body: { decision } });
  const state = decision === 'allow' ? 'allowed' : 'denied';
  if (after.state !== state) throw new Error(`the approval is ${after.state} and not ${state}`);
  return Math.round(performance.now() - began);
}

async function asked(stage: Stage, file: string): Promise<{ agent: Agent; since: number }> {
  const agent = await stage.agent();
  const since = agent.now();
  await agent.send(`${askingFor(stage.cli, `touch ${file}`)} [[say made]]`);
  await agent.status(['waiting_user_answer'], since);
  return { agent, since };
}

export async function seen(stage: Stage): Promise<string> {
  const { agent, since } = await asked(stage, 'seen');
  const { terminal } = await stage.client.terminals.get({ params: { id: agent.id } });
  await agent.shows('the question', (text) => text.includes('touch seen'));
  stage.keep(agent, 'permission');
  await stage.dwell();
  // What is sent now must not answer it.
  const { id } = await agent.send('[[say after the question]]');
  expect(!made(agent, 'seen'), 'it ran before it was allowed');
  await decide(stage, agent, 'allow');
  await agent.turnEnd(since);
  const pasted = await agent.event(
    'what was sent while it asked is pasted',
    ({ kind, data }) => kind === 'message.pasted' && data.message_id === id,
    since,
  );
  const { answer } = await agent.turnEnd(pasted.id);
  expect(answer === 'after the question', `the next turn said ${answer}`);
  return `by its ${terminal.status_source}`;
}

export async function allow(stage: Stage): Promise<string> {
  const { agent, since } = await asked(stage, 'allowed');
  const ms = await decide(stage, agent, 'allow');
  const { answer } = await agent.turnEnd(since);
  expect(answer === 'made' && ran(stage, agent, 'allowed'), `the turn said ${answer}, or did nothing`);
  return `${ms} ms`;
}

/** The hook that announced it is gone with its worker-agent: the dialog is still there, under the same id. */
export async function afterDeath(stage: Stage): Promise<string> {
  const { agent, since } = await asked(stage, 'after-death');
  await agent.reads((reading) => reading.status === 'waiting_user_answer');
  await agent.host.agent.kill();
  await agent.host.agent.start();
  const ms = await decide(stage, agent, 'allow');
  const { answer } = await agent.turnEnd(since);
  expect(answer === 'made' && ran(stage, agent, 'after-death'), `the turn said ${answer}, or did nothing`);
  return `${ms} ms`;
}

export async function deny(stage: Stage): Promise<string> {
  const { agent, since } = await asked(stage, 'denied');
  const ms = await decide(stage, agent, 'deny');
  const { error } = await agent.turnEnd(since);
  expect(!made(agent, 'denied'), 'it ran although it was denied');
  stage.keep(agent, 'denied');
  await stage.dwell();
  const answer = await answerOf(agent, '[[say on we go]]');
  expect(answer === 'on we go', `the next turn said ${answer}`);
  return `${ms} ms, the turn ${error === null ? 'goes on' : 'ends'}`;
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
  const how = stage.turns()[before]?.ended?.how;
  expect(stage.cli.received !== undefined || how === 'gone', `the reply ended as ${how}`);
  stage.keep(agent, 'interrupted');
  await stage.dwell();
  const answer = await answerOf(agent, '[[say back again]]');
  expect(answer === 'back again', `the next turn said ${answer}`);
  return `${ms} ms`;
}
