import { describe, expect, test } from 'vitest';
import { type Message, nextAnswer } from '../../../test/support/fake-model/conversation.ts';
import { startFakeModel } from '../../../test/support/fake-model/server.ts';

const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const assistant: Message = { role: 'assistant', content: [] };
const result = (text: string): Message => ({
  role: 'user',
  content: [{ type: 'tool_result', content: text }],
});
const says = (...messages: Message[]) => nextAnswer(messages).step.text;

describe('the fake model', () => {
  test('goes on where the conversation stands', () => {
    const script = user('[[say first]] [[call handoff {"message":"x"}]] [[say got $1]]');
    expect(nextAnswer([script]).step).toMatchObject({
      text: 'first',
      call: { tool: 'handoff', input: { message: 'x' } },
    });
    expect(says(script, assistant, result('fine'))).toBe('got fine');
  });

  test('takes the newest prompt, and reads nothing into reminders', () => {
    expect(
      says(user('[[say old]]'), assistant, user('plain <system-reminder>[[say no]]</system-reminder>')),
    ).toBe('Done: plain');
  });

  test('waits for messages and knows their texts', () => {
    const message = (text: string) => user(`${text}\n\n[Message from terminal aa000001. Use it.]`);
    const begun = [user('[[await 2]] [[say $m1 and $m2]]'), assistant];
    expect(says(...begun, message('four'))).toBe('Noted: four');
    expect(says(...begun, message('four'), assistant, message('five'))).toBe('four and five');
  });

  test('forgets what was interrupted', () => {
    expect(
      says(
        user('[[call Bash {}]] [[say never]]'),
        assistant,
        user('[Request interrupted by user]'),
        user('hello'),
      ),
    ).toBe('Done: hello');
  });

  test('streams, finds the tool by the end of its name, and fails as often as it is told', async () => {
    const model = await startFakeModel();
    const ask = (text: string, stream: boolean) =>
      fetch(`${model.url}/v1/messages`, {
        method: 'POST',
        body: JSON.stringify({
          stream,
          tools: [{ name: 'mcp__cao-mcp-server__handoff' }],
          messages: [user(text)],
        }),
      });
    try {
      expect(await (await ask('[[call handoff {}]]', false)).json()).toMatchObject({
        model: 'fake-model-no-ai',
        stop_reason: 'tool_use',
        content: [{ type: 'tool_use', name: 'mcp__cao-mcp-server__handoff' }],
      });
      const streamed = await (await ask('[[chunks 2 1]] [[say abcd]]', true)).text();
      expect(streamed).toMatch(/"text":"ab".*"text":"cd".*message_stop/s);
      const statuses = [];
      for (let n = 0; n < 3; n += 1) statuses.push((await ask('[[error 529 2]] [[say ok]]', true)).status);
      expect(statuses).toEqual([529, 529, 200]);
      expect(model.requests).toHaveLength(5);
    } finally {
      await model.close();
    }
  });
});
