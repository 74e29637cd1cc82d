import { answerOf, expect, type Stage } from '../stage.ts';

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** No dialog, nobody pressed a key. */
export async function start(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const told = agent.told(0);
  expect(!told.includes('waiting_user_answer'), `it asked something: ${told.join(', ')}`);
  return seconds(agent.startMs);
}

export async function idle(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const { terminal } = await stage.client.terminals.get({ params: { id: agent.id } });
  expect(terminal.status === 'idle', `its status is ${terminal.status}: ${terminal.status_evidence}`);
  stage.keep(agent, 'idle');
  return `by its ${terminal.status_source}`;
}

export async function completed(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const since = agent.now();
  const answer = await answerOf(agent, '[[say Hello *markdown*]]');
  expect(answer === 'Hello *markdown*', `the answer was ${JSON.stringify(answer)}`);
  const { data } = await agent.status(['completed'], since);
  stage.keep(agent, 'completed');
  return `by its ${data.source}`;
}

/** A reply that streams has no spinner in most CLIs: nothing but `processing` may be told before its end. */
export async function processing(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const before = stage.turns().length;
  const since = agent.now();
  await agent.send(stage.slowly(4_000));
  const begun = await agent.status(['processing'], since);
  if (!stage.cli.received) await stage.asked(before);
  await agent.shows('the reply', (text) => stage.cli.received !== undefined || text.includes('word5'));
  stage.keep(agent, 'processing');
  const { error } = await agent.turnEnd(since);
  expect(error === null, `the turn ended in ${error}`);
  const end = await agent.status(['completed'], since);
  const told = agent.told(since);
  expect(told.join() === 'processing,completed', `what was told was ${told.join(', ')}`);
  const truth = stage.turns()[before]?.ended?.at;
  if (truth === undefined) return '';
  const early = truth - Date.parse(end.at);
  expect(early < 50, `completed was told ${early} ms before the reply was complete`);
  return `by its ${begun.data.source}`;
}

async function failing(stage: Stage, script: string, kinds: readonly string[]): Promise<string> {
  const agent = await stage.agent();
  const since = agent.now();
  const { error, failure } = await agent.turn(script);
  expect(error !== null, 'the turn ended well');
  await agent.status(['error'], since);
  expect(
    failure !== null && kinds.includes(failure.kind),
    `it counts as ${failure?.kind}: ${JSON.stringify(error)}`,
  );
  const word = failure.kind;
  stage.keep(agent, `error-${word}`);
  await stage.dwell();
  // What broke a turn does not break the conversation.
  const answer = await answerOf(agent, '[[say again]]');
  expect(answer === 'again', `the next turn said ${JSON.stringify(answer)}`);
  return word;
}

/** From the first try; a CLI waits longer before each further one. Units: ms. */
const TROUBLE_MS = 120_000;

/** What asks a failing model for ever has no end of its turn to tell: people hear of it while it tries, and can stop it. */
async function tryingForEver(stage: Stage, known: string): Promise<string> {
  const agent = await stage.agent();
  const since = agent.now();
  await agent.send('[[error 500]]');
  const { at: begun } = await agent.status(['processing'], since);
  const trouble = await agent.event(
    'it is told that its model fails',
    ({ kind, data }) => kind === 'terminal.trouble' && data.failure === 'model_error',
    since,
    TROUBLE_MS,
  );
  const params = { id: agent.id };
  const { terminal: trying } = await stage.client.terminals.get({ params });
  expect(trying.status === 'processing', `its status is ${trying.status}`);
  stage.keep(agent, 'retrying');
  stage.mark('stopped', Date.now());
  await agent.press(stage.provider.interrupt.keys);
  await agent.turnEnd(since);
  await stage.dwell();
  const answer = await answerOf(agent, '[[say again]]');
  expect(answer === 'again', `the next turn said ${JSON.stringify(answer)}`);
  const { terminal: now } = await stage.client.terminals.get({ params });
  expect(now.failure === null, `what was wrong is still told: ${JSON.stringify(now.failure)}`);
  const ms = Date.parse(trouble.at) - Date.parse(begun);
  return `tries for ever (${known}); told after ${seconds(ms)}`;
}

export function serverError(stage: Stage): Promise<string> {
  const { neverGivesUp, received } = stage.cli;
  if (neverGivesUp) return tryingForEver(stage, neverGivesUp);
  return failing(stage, received ? '[[fail server_error]]' : '[[error 500]]', ['model_error']);
}
export const notLoggedIn = (stage: Stage) =>
  failing(stage, stage.cli.received ? '[[fail authentication_failed]]' : '[[error 401]]', ['not_logged_in']);
