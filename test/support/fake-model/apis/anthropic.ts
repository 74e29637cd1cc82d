import type { Message } from '../conversation.ts';
import type { Schema } from '../tools.ts';
import { type Api, CANNED_TITLE, MODEL_NAME, type Reply, type Sent, textOf } from './api.ts';

interface Body {
  readonly stream?: boolean;
  readonly messages?: readonly Message[];
  readonly system?: unknown;
  readonly tools?: readonly { readonly name: string; readonly input_schema?: Schema }[];
}

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

const usage = {
  input_tokens: 10,
  output_tokens: 1,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
};
const message = ({ id }: Reply) => ({
  id: `msg_fake${id}`,
  type: 'message',
  role: 'assistant',
  model: MODEL_NAME,
  usage,
});
const stopOf = ({ call }: Reply) => (call ? 'tool_use' : 'end_turn');

/** The Messages API. */
export const anthropic: Api = {
  name: 'anthropic',
  path: /\/messages$/,
  read(raw) {
    const body = raw as Body;
    const offered = (body.tools ?? []).map((tool) => ({ name: tool.name, parameters: tool.input_schema }));
    return {
      stream: body.stream === true,
      system: textOf(body.system),
      messages: body.messages ?? [],
      offered,
      aside: offered.length === 0 ? CANNED_TITLE : null,
    };
  },
  whole(reply) {
    const { parts, call, id } = reply;
    const text = parts.join('');
    const content = [
      ...(text ? [{ type: 'text', text }] : []),
      ...(call ? [{ type: 'tool_use', id: `toolu_fake${id}`, name: call.tool, input: call.input }] : []),
    ];
    return { ...message(reply), content, stop_reason: stopOf(reply), stop_sequence: null };
  },
  *stream(reply): Iterable<Sent> {
    const { parts, call, id } = reply;
    const send = (type: string, fields: object): Sent => ({ event: type, data: { type, ...fields } });
    yield send('message_start', {
      message: { ...message(reply), content: [], stop_reason: null, stop_sequence: null },
    });
    let index = 0;
    if (parts.length > 0) {
      yield send('content_block_start', { index, content_block: { type: 'text', text: '' } });
      for (const text of parts)
        yield { ...send('content_block_delta', { index, delta: { type: 'text_delta', text } }), part: true };
      yield send('content_block_stop', { index });
      index += 1;
    }
    if (call) {
      const block = { type: 'tool_use', id: `toolu_fake${id}`, name: call.tool, input: {} };
      yield send('content_block_start', { index, content_block: block });
      const partial_json = JSON.stringify(call.input);
      yield send('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } });
      yield send('content_block_stop', { index });
    }
    const delta = { stop_reason: stopOf(reply), stop_sequence: null };
    yield send('message_delta', { delta, usage: { output_tokens: 20 } });
    yield send('message_stop', {});
  },
  error: (status, text) => ({
    type: 'error',
    error: { type: errorTypes[status] ?? 'api_error', message: text },
  }),
};
