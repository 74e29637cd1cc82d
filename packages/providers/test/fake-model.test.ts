import { describe, expect, test, vi } from 'vitest';
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

  test('leaves behind what failed for good, also where a CLI puts it in front of the next prompt', () => {
    expect(nextAnswer([user('[[error 500]]')]).step.failure).toMatchObject({ status: 500 });
    expect(nextAnswer([user('[[error 500]]'), user('[[say on]]')]).step).toMatchObject({
      text: 'on',
      failure: null,
    });
    expect(nextAnswer([user('[[error 500]]\n\n[[say on]]')]).step).toMatchObject({
      text: 'on',
      failure: null,
    });
    expect(nextAnswer([user('[[error 529 2]] [[say ok]]')]).step.failure).toMatchObject({ times: 2 });
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

  test('knows what was typed from what the CLI added, and a result from its wrapping', () => {
    for (const added of [
      '<system-reminder>[[say no]]</system-reminder>',
      '<current_datetime>[[say no]]</current_datetime>\n\n',
      '<session_context>\n[[say no]]\n</session_context>',
    ])
      expect(says(user(`${added}typed`))).toBe('Done: typed');
    const context = user('<environment_context>\n  <cwd>/x</cwd>\n</environment_context>');
    const rules = user('# AGENTS.md instructions for /x\n\n<INSTRUCTIONS>\n[[say no]]\n</INSTRUCTIONS>');
    expect(says(rules, context, user('typed'))).toBe('Done: typed');
    const script = user('[[call handoff {}]] [[say got $1.output]]');
    for (const wrapped of [
      '{"output":"it"}',
      '<untrusted_context>\n{"output":"it"}\n</untrusted_context>',
      'Wall time: 0.013 seconds\n{"output":"it"}',
      'Chunk ID: 6d\nWall time: 0.0 seconds\nProcess exited with code 0\nOutput:\n{"output":"it"}',
      'Wall time: 0.1 seconds\nOutput:\n[{"type":"text","text":"{\\"output\\":\\"it\\"}"}]',
    ])
      expect(says(script, assistant, result(wrapped))).toBe('got it');
  });
});

/** How each API is asked, and where the parts of its answers lie. */
interface Dialect {
  readonly path: string;
  body(text: string, tools: readonly string[], stream: boolean): object;
  /** The tools that the CLIs of this API offer CAO's `handoff` and a shell as. */
  readonly handoff: string;
  readonly shell: string;
  readonly called: (name: string) => object;
  readonly end: string;
  readonly refusal: object;
}

const schema = (name: string) => ({
  type: 'object',
  properties: name === 'exec_command' ? { cmd: { type: 'string' } } : { command: { type: 'string' } },
});
const overloaded = 'the fake model was told to answer 503';

const dialects: Readonly<Record<string, Dialect>> = {
  anthropic: {
    path: '/v1/messages',
    body: (text, tools, stream) => ({
      stream,
      tools: tools.map((name) => ({ name, input_schema: schema(name) })),
      messages: [user(text)],
    }),
    handoff: 'mcp__cao-mcp-server__handoff',
    shell: 'Bash',
    called: (name) => ({
      model: 'fake-model-no-ai',
      stop_reason: 'tool_use',
      content: [{ type: 'tool_use', name }],
    }),
    end: 'event: message_stop',
    refusal: { type: 'error', error: { type: 'api_error', message: overloaded } },
  },
  responses: {
    path: '/v1/responses',
    body: (text, tools, stream) => ({
      stream,
      tools: tools.map((name) => ({ type: 'function', name, parameters: schema(name) })),
      input: [
        { type: 'message', role: 'developer', content: [{ type: 'input_text', text: '[[say no]]' }] },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
      ],
    }),
    handoff: 'cao-mcp-server-handoff',
    shell: 'exec_command',
    called: (name) => ({ model: 'fake-model-no-ai', output: [{ type: 'function_call', name }] }),
    end: 'event: response.completed',
    refusal: { error: { type: 'server_error', message: overloaded } },
  },
  chat: {
    path: '/v1/chat/completions',
    body: (text, tools, stream) => ({
      stream,
      tools: tools.map((name) => ({ type: 'function', function: { name, parameters: schema(name) } })),
      messages: [
        { role: 'system', content: '[[say no]]' },
        { role: 'user', content: text },
      ],
    }),
    handoff: 'cao-mcp-server_handoff',
    shell: 'bash',
    called: (name) => ({
      model: 'fake-model-no-ai',
      choices: [{ finish_reason: 'tool_calls', message: { tool_calls: [{ function: { name } }] } }],
    }),
    end: 'data: [DONE]',
    refusal: { error: { type: 'server_error', message: overloaded } },
  },
  gemini: {
    path: '/v1beta/models/some:',
    body: (text, tools) => ({
      tools: [{ functionDeclarations: tools.map((name) => ({ name, parameters: schema(name) })) }],
      contents: [{ role: 'user', parts: [{ text }] }],
    }),
    handoff: 'mcp_cao-mcp-server_handoff',
    shell: 'run_shell_command',
    called: (name) => ({
      modelVersion: 'fake-model-no-ai',
      candidates: [{ content: { parts: [{}, { functionCall: { name } }] } }],
    }),
    end: '"finishReason":"STOP"',
    refusal: { error: { code: 503, status: 'UNAVAILABLE', message: overloaded } },
  },
};

describe.each(Object.entries(dialects))('the fake model, asked as %s', (name, dialect) => {
  async function asking() {
    const model = await startFakeModel();
    const ask = (text: string, stream: boolean, tools = [dialect.handoff, dialect.shell]) => {
      const method = stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
      return fetch(`${model.url}${dialect.path}${name === 'gemini' ? method : ''}`, {
        method: 'POST',
        body: JSON.stringify(dialect.body(text, tools, stream)),
      });
    };
    return { model, ask, [Symbol.asyncDispose]: () => model.close() };
  }

  test('finds the tool by the end of its name, and the shell by what is offered', async () => {
    await using asked = await asking();
    const handoff = await asked.ask('[[call handoff {}]]', false);
    expect(await handoff.json()).toMatchObject(dialect.called(dialect.handoff));
    const shell = await asked.ask('[[ask Bash touch f]]', false);
    const text = await shell.text();
    expect(JSON.parse(text)).toMatchObject(dialect.called(dialect.shell));
    expect(text).toMatch(dialect.shell === 'exec_command' ? /cmd.{1,6}touch f/ : /command.{1,6}touch f/);
    const unknown = await asked.ask('[[call forbidden {}]]', false);
    expect(await unknown.json()).toMatchObject(dialect.called('forbidden'));
  });

  test('streams in parts, and tells when the CLI hung up', async () => {
    await using asked = await asking();
    const text = await (await asked.ask('[[chunks 2 1]] [[say abcd]]', true)).text();
    expect(text).toMatch(/"ab".*"cd"/s);
    expect(text).not.toContain('"abcd"}}');
    expect(text).toContain(dialect.end);
    const cut = await asked.ask('[[chunks 100 50]] [[say a long text that nobody reads to its end]]', true);
    await cut.body?.cancel();
    await vi.waitFor(() =>
      expect(asked.model.requests.map((request) => request.ended?.how)).toEqual(['text', 'gone']),
    );
  });

  test('fails as often as it is told, in the words of the API', async () => {
    await using asked = await asking();
    const failing = () => asked.ask('[[error 503 2]] [[say ok]]', true);
    const first = await failing();
    expect([first.status, (await failing()).status, (await failing()).status]).toEqual([503, 503, 200]);
    expect(await first.json()).toMatchObject(dialect.refusal);
  });

  test('answers a side call without a step of the script', async () => {
    await using asked = await asking();
    const text = await (await asked.ask('[[say of the script]]', true, [])).text();
    expect(text).toContain('Fake title');
    expect(text).not.toContain('of the script');
  });
});

test('the fake model calls the tools of a group by group and name', async () => {
  const model = await startFakeModel();
  const tools = [
    { type: 'function', name: 'send_message' },
    { type: 'namespace', name: 'mcp__cao_mcp_server', tools: [{ type: 'function', name: 'send_message' }] },
  ];
  const input = [
    { role: 'user', content: '[[call send_message {"message":"x"}]] [[say got $1]]' },
    { type: 'reasoning', summary: [] },
    { type: 'message', role: 'assistant', content: [] },
    { type: 'function_call', name: 'send_message' },
    { type: 'function_call_output', output: 'Wall time: 1 s\nOutput:\nfine' },
  ];
  const ask = async (items: readonly object[]) => {
    const body = JSON.stringify({ tools, input: items });
    return (await fetch(`${model.url}/v1/responses`, { method: 'POST', body })).json();
  };
  try {
    expect(await ask(input.slice(0, 1))).toMatchObject({
      output: [
        {
          type: 'function_call',
          namespace: 'mcp__cao_mcp_server',
          name: 'send_message',
          arguments: '{"message":"x"}',
        },
      ],
    });
    expect(await ask(input)).toMatchObject({ output: [{ content: [{ text: 'got fine' }] }] });
  } finally {
    await model.close();
  }
});
