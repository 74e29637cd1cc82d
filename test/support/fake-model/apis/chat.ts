import type { Message } from '../conversation.ts';
import type { Schema } from '../tools.ts';
import { type Api, CANNED_TITLE, MODEL_NAME, type Reply, type Sent, textBlocks, textOf } from './api.ts';

interface Body {
  readonly stream?: boolean;
  readonly messages?: readonly { readonly role: string; readonly content?: unknown }[];
  readonly tools?: readonly { readonly function?: { readonly name: string; readonly parameters?: Schema } }[];
}

const isNote = (role: string) => role === 'system' || role === 'developer';

const base = ({ id }: Reply) => ({ id: `chatcmpl-fake${id}`, created: 0, model: MODEL_NAME });
const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
const callsOf = ({ call, id }: Reply) =>
  call && [
    {
      index: 0,
      id: `call_fake${id}`,
      type: 'function',
      function: { name: call.tool, arguments: JSON.stringify(call.input) },
    },
  ];
const finishOf = ({ call }: Reply) => (call ? 'tool_calls' : 'stop');

/** OpenAI's Chat Completions API. */
export const chat: Api = {
  name: 'chat',
  path: /\/chat\/completions$/,
  read(raw) {
    const { stream, messages = [], tools = [] } = raw as Body;
    const offered = tools.flatMap((tool) => (tool.function ? [tool.function] : []));
    return {
      stream: stream === true,
      system: messages
        .filter(({ role }) => isNote(role))
        .map(({ content }) => textOf(content))
        .join('\n'),
      messages: messages
        .filter(({ role }) => !isNote(role))
        .map(({ role, content }): Message => {
          if (role === 'tool')
            return { role: 'user', content: [{ type: 'tool_result', content: textOf(content) }] };
          return { role, content: textBlocks(content) };
        }),
      offered,
      aside: offered.length === 0 ? CANNED_TITLE : null,
    };
  },
  whole(reply) {
    const calls = callsOf(reply);
    const message = {
      role: 'assistant',
      content: reply.parts.join('') || null,
      ...(calls ? { tool_calls: calls } : {}),
    };
    const choices = [{ index: 0, message, finish_reason: finishOf(reply) }];
    return { ...base(reply), object: 'chat.completion', choices, usage };
  },
  *stream(reply): Iterable<Sent> {
    const chunk = { ...base(reply), object: 'chat.completion.chunk' };
    const send = (delta: object, finish_reason: string | null = null): Sent => ({
      data: { ...chunk, choices: [{ index: 0, delta, finish_reason }] },
    });
    yield send({ role: 'assistant', content: '' });
    for (const content of reply.parts) yield { ...send({ content }), part: true };
    const calls = callsOf(reply);
    if (calls) yield send({ tool_calls: calls });
    yield send({}, finishOf(reply));
    yield { data: { ...chunk, choices: [], usage } };
    yield { data: '[DONE]' };
  },
  error: openAiError,
};

const errorCodes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'invalid_api_key',
  429: 'rate_limit_exceeded',
};

/** The same for both of OpenAI's APIs. */
export function openAiError(status: number, message: string) {
  const code = errorCodes[status] ?? 'server_error';
  return {
    error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error', param: null, code },
  };
}
