import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isPasted } from '../agent.ts';
import { answerOf, expect, expectSame, type Stage } from '../stage.ts';

/** The CLI itself says that it took the text. */
export async function accepted(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const since = agent.now();
  const begun = performance.now();
  const message = await agent.send('[[say taken]]');
  const isIt = (data: Readonly<Record<string, unknown>>) => data.message_id === message.id;
  await agent.event('it is accepted', ({ kind, data }) => kind === 'message.accepted' && isIt(data), since);
  const ms = Math.round(performance.now() - begun);
  await agent.turnEnd(since);
  const prompt = stage.prompts(agent).at(-1);
  expect(prompt === '[[say taken]]', `the prompt was ${JSON.stringify(prompt)}`);
  return `${ms} ms`;
}

const SIZE = 100 * 1024;

export async function long(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const lines: string[] = [];
  for (let size = 0; size < SIZE; size += Buffer.byteLength(lines.at(-1) ?? '') + 1)
    lines.push(`line ${lines.length}: "q" 'a' \`b\` $HOME \\ <tag> {x} ümlaut 漢字 🙂`);
  const text = lines.join('\n');
  const since = agent.now();
  const begun = performance.now();
  const message = await agent.send(text);
  const { data } = await agent.event(
    'it is accepted or dead',
    ({ kind, data: { message_id } }) => /^message.(accepted|dead)$/.test(kind) && message_id === message.id,
    since,
  );
  expect(data.reason === undefined, `the message died: ${data.reason}`);
  const ms = performance.now() - begun;
  await agent.turnEnd(since);
  expectSame('the prompt', stage.prompts(agent).at(-1) ?? '', text);
  return `${Buffer.byteLength(text)} bytes in ${(ms / 1000).toFixed(1)} s`;
}

export async function plainText(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const texts = [
    '!touch ran-in-shell',
    '/unknown command',
    '/help',
    '/clear now',
    'ends with a \\',
    '#note',
    '&x',
    '@x',
  ];
  for (const text of texts) {
    await answerOf(agent, text);
    const prompt = stage.prompts(agent).at(-1) ?? '';
    // What makes it plain text may stay in front of it.
    if (prompt !== stage.provider.submit.escape(text).trim()) expectSame('the prompt', prompt, text);
  }
  expect(!existsSync(join(agent.cwd, 'ran-in-shell')), 'a message ran in a shell');
  return `${texts.length} texts`;
}

/** What comes while it works is not typed into its turn. */
export async function held(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const since = agent.now();
  await agent.send(`first ${stage.slowly(3_000)}`);
  await agent.status(['processing'], since);
  const { id } = await agent.send('[[say the second]]');
  const first = await agent.turnEnd(since);
  const firstEnd = await agent.event('the first ends', ({ kind }) => kind === 'terminal.turn_ended', since);
  const pasted = await agent.event(
    'the second is pasted',
    ({ kind, data }) => isPasted(kind) && data.message_id === id,
    since,
  );
  expect(pasted.id > firstEnd.id, 'the second message was pasted before the first turn had ended');
  expect(first.answer?.startsWith('word0') === true, `the first turn said ${first.answer}`);
  const { answer } = await agent.turnEnd(firstEnd.id);
  expect(answer === 'the second', `the second turn said ${answer}`);
  return '';
}

export async function clearInput(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  await agent.press([...'draft']);
  await agent.shows('the draft', (text) => text.includes('draft'));
  stage.keep(agent, 'draft');
  await agent.press(stage.provider.clearInput.keys);
  await agent.shows('an empty box', (text) => !text.includes('draft'));
  return '';
}
