import { answerOf, expect, expectSame, type Stage } from '../stage.ts';
import { SYSTEM_PROMPT } from '../world.ts';

const SIZE = 50 * 1024;
const markdown = `# Title

- *one* **two** \`three\` ~~four~~
- [a link](https://example.org/?a=1&b=2)

\`\`\`js
let x = "1";\n\n  indented();
\`\`\`

| a | b |
| - | - |
| ümlaut | 漢字 🙂 é |
`;

/** Markdown as the model wrote it, not as the screen shows it. */
export async function exact(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  let text = markdown;
  for (let n = 0; Buffer.byteLength(text) < SIZE; n += 1)
    text += `\n${n}. "quoted" \\ $HOME <b>ü</b> 漢字 🙂`;
  expectSame('the answer', await answerOf(agent, `[[say ${JSON.stringify(text)}]]`), text);
  return `${Buffer.byteLength(text)} bytes`;
}

/** Parts of a stream, and texts around a tool call: the answer is what was said last, whole. */
export async function parts(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const text = 'One.\n\nTwo *parts*, three: ümlaut 漢字';
  const call = '[[say First a look.]] [[call wait_task {"task_id":"t00000000000"}]]';
  const script = `[[chunks 7 40]] ${call} [[say ${JSON.stringify(text)}]]`;
  expectSame('the answer', await answerOf(agent, script), text);
  return '7 parts, behind a tool call';
}

export async function background(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  const since = agent.now();
  await agent.send('[[say started]] [[background 1500]] [[say finished]]');
  const first = await agent.turnEnd(since);
  expect(first.background, 'the first turn said nothing of work in the background');
  const { id } = await agent.event('the first ends', ({ kind }) => kind === 'terminal.turn_ended', since);
  const second = await agent.turnEnd(id);
  expect(second.answer === 'finished' && !second.background, `the second turn said ${second.answer}`);
  return '';
}

/** Some CLIs have no room for it but beside what they know of the folder. */
export async function systemPrompt(stage: Stage): Promise<string> {
  const agent = await stage.agent();
  await answerOf(agent, '[[say hello]]');
  const { asked, body } = stage.turns().at(-1) ?? {};
  if (asked?.system.includes(SYSTEM_PROMPT)) return `in one of ${asked.system.length} characters`;
  const seen = JSON.stringify(body ?? '').includes(SYSTEM_PROMPT);
  expect(seen, 'the last request did not carry the system prompt of the profile');
  return 'in the context of the conversation';
}
