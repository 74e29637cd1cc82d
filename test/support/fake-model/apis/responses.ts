import type { Block, Message } from '../conversation.ts';
import type { OfferedTool, Schema } from '../tools.ts';
import { type Api, CANNED_TITLE, MODEL_NAME, type Reply, type Sent, textBlocks, textOf } from './api.ts';
import { openAiError } from './chat.ts';

interface Item {
  readonly type?: string;
  readonly role?: string;
  readonly content?: unknown;
  readonly output?: unknown;
}
interface Tool {
  readonly type: string;
  readonly name?: string;
  readonly parameters?: Schema;
  /** Of a namespace: how Codex offers the tools of an MCP server. */
  readonly tools?: readonly Tool[];
}
interface Body {
  readonly stream?: boolean;
  readonly instructions?: string;
  readonly input?: string | readonly Item[];
  readonly tools?: readonly Tool[];
  readonly text?: { readonly format?: { readonly type?: string } };
}

const offeredOf = (tools: readonly Tool[], namespace?: string): OfferedTool[] =>
  tools.flatMap((tool) =>
    tool.type === 'namespace'
      ? offeredOf(tool.tools ?? [], tool.name)
      : [{ name: tool.name ?? tool.type, namespace, parameters: tool.parameters }],
  );

/** One answer may be several items (thoughts, a text, a call): together they are one message of the assistant. */
function messagesOf(items: readonly Item[]): readonly Message[] {
  const messages: { role: string; content: Block[] }[] = [];
  for (const item of items) {
    const type = item.type ?? 'message';
    const isResult = type.endsWith('_output');
    const role = isResult ? 'user' : type === 'message' ? (item.role ?? 'user') : 'assistant';
    const blocks = isResult
      ? [{ type: 'tool_result', content: textOf(item.output) }]
      : textBlocks(item.content);
    const last = messages.at(-1);
    if (role === 'assistant' && last?.role === role) last.content.push(...blocks);
    else messages.push({ role, content: blocks });
  }
  return messages;
}

const usage = {
  input_tokens: 10,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 30,
};

function itemsOf({ parts, call, id }: Reply) {
  const text = parts.join('');
  return {
    message: text
      ? {
          type: 'message',
          id: `msg_fake${id}`,
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text, annotations: [] }],
        }
      : null,
    call: call && {
      type: 'function_call',
      id: `fc_fake${id}`,
      call_id: `call_fake${id}`,
      name: call.tool,
      ...(call.namespace ? { namespace: call.namespace } : {}),
      arguments: JSON.stringify(call.input),
      status: 'completed',
    },
  };
}

function responseOf(reply: Reply, status: string) {
  const { message, call } = itemsOf(reply);
  const done = status === 'completed';
  return {
    id: `resp_fake${reply.id}`,
    object: 'response',
    created_at: 0,
    status,
    model: MODEL_NAME,
    output: done ? [message, call].filter(Boolean) : [],
    ...(done ? { usage } : {}),
  };
}

/** OpenAI's Responses API. */
export const responses: Api = {
  name: 'responses',
  path: /\/responses$/,
  read(raw) {
    const { stream, instructions, input = [], tools = [], text } = raw as Body;
    const items = typeof input === 'string' ? [{ role: 'user', content: input }] : input;
    const offered = offeredOf(tools);
    const notes = items.filter((item) => item.role === 'developer' || item.role === 'system');
    return {
      stream: stream === true,
      system: [instructions ?? '', ...notes.map((item) => textOf(item.content))].join('\n'),
      messages: messagesOf(items),
      offered,
      // Codex asks for a title by a schema, from a thread that has tools like any other.
      aside: offered.length === 0 || text?.format?.type === 'json_schema' ? CANNED_TITLE : null,
    };
  },
  whole: (reply) => responseOf(reply, 'completed'),
  *stream(reply): Iterable<Sent> {
    let sequence_number = 0;
    const send = (type: string, fields: object): Sent => {
      const data = { type, sequence_number, ...fields };
      sequence_number += 1;
      return { event: type, data };
    };
    yield send('response.created', { response: responseOf(reply, 'in_progress') });
    const { message, call } = itemsOf(reply);
    let output_index = 0;
    if (message) {
      const at = { item_id: message.id, output_index, content_index: 0 };
      const empty = { type: 'output_text', text: '', annotations: [] };
      yield send('response.output_item.added', {
        output_index,
        item: { ...message, status: 'in_progress', content: [] },
      });
      yield send('response.content_part.added', { ...at, part: empty });
      for (const delta of reply.parts)
        yield { ...send('response.output_text.delta', { ...at, delta }), part: true };
      const [part] = message.content;
      yield send('response.output_text.done', { ...at, text: part?.text });
      yield send('response.content_part.done', { ...at, part });
      yield send('response.output_item.done', { output_index, item: message });
      output_index += 1;
    }
    if (call) {
      const at = { item_id: call.id, output_index };
      const begun = { ...call, arguments: '', status: 'in_progress' };
      yield send('response.output_item.added', { output_index, item: begun });
      yield send('response.function_call_arguments.delta', { ...at, delta: call.arguments });
      yield send('response.function_call_arguments.done', { ...at, arguments: call.arguments });
      yield send('response.output_item.done', { output_index, item: call });
    }
    yield send('response.completed', { response: responseOf(reply, 'completed') });
  },
  error: openAiError,
};
