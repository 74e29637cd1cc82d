import type { Block, Message } from '../conversation.ts';
import type { Schema } from '../tools.ts';
import { type Api, CANNED_TITLE, MODEL_NAME, type Reply, type Sent } from './api.ts';

interface Part {
  readonly text?: string;
  readonly functionCall?: unknown;
  readonly functionResponse?: { readonly response?: Readonly<Record<string, unknown>> };
}
interface Content {
  readonly role?: string;
  readonly parts?: readonly Part[];
}
interface Body {
  readonly contents?: readonly Content[];
  readonly systemInstruction?: Content;
  readonly tools?: readonly { readonly functionDeclarations?: readonly Declaration[] }[];
  readonly generationConfig?: { readonly responseMimeType?: string };
}
interface Declaration {
  readonly name: string;
  readonly parameters?: Schema;
  readonly parametersJsonSchema?: Schema;
}

/** A result is an object; its text lies under `output` or, when the tool failed, under `error`. */
function resultOf(response: Readonly<Record<string, unknown>> = {}): string {
  const text = response.output ?? response.error;
  return typeof text === 'string' ? text : JSON.stringify(response);
}

const blockOf = (part: Part): Block =>
  part.functionResponse
    ? { type: 'tool_result', content: resultOf(part.functionResponse.response) }
    : { type: 'text', text: part.text ?? '' };

/** One answer may come back as several contents of the model. */
function messagesOf(contents: readonly Content[]): readonly Message[] {
  const messages: { role: string; content: Block[] }[] = [];
  for (const { role, parts = [] } of contents) {
    const last = messages.at(-1);
    const blocks = parts.map(blockOf);
    if (role === 'model' && last?.role === 'assistant') last.content.push(...blocks);
    else messages.push({ role: role === 'model' ? 'assistant' : 'user', content: blocks });
  }
  return messages;
}

/** What the small questions of Gemini CLI (which model, who speaks next, is it stuck) may look for. */
const CANNED_JSON = JSON.stringify({
  reasoning: 'a fake model, no AI',
  model_choice: 'flash',
  complexity_reasoning: 'a fake model, no AI',
  complexity_score: 1,
  next_speaker: 'user',
  unproductive_state_analysis: '',
  unproductive_state_confidence: 0,
});

function asideOf(body: Body, path: string, offered: number): string | null {
  if (body.generationConfig?.responseMimeType === 'application/json') return CANNED_JSON;
  return offered === 0 || path.includes('flash-lite') ? CANNED_TITLE : null;
}

const partOfCall = ({ call, id }: Reply): Part[] =>
  call ? [{ functionCall: { id: `call_fake${id}`, name: call.tool, args: call.input } }] : [];

const answer = ({ id }: Reply, parts: readonly Part[], last: boolean) => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, ...(last ? { finishReason: 'STOP' } : {}) }],
  usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 20, totalTokenCount: 30 },
  modelVersion: MODEL_NAME,
  responseId: `fake${id}`,
});

const statusWords: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
};

/** Gemini's API. */
export const gemini: Api = {
  name: 'gemini',
  path: /:(streamGenerateContent|generateContent)$/,
  read(raw, path) {
    const body = raw as Body;
    const offered = (body.tools ?? [])
      .flatMap((tool) => tool.functionDeclarations ?? [])
      .map((tool) => ({ name: tool.name, parameters: tool.parametersJsonSchema ?? tool.parameters }));
    return {
      stream: path.endsWith(':streamGenerateContent'),
      system: (body.systemInstruction?.parts ?? []).map((part) => part.text ?? '').join('\n'),
      messages: messagesOf(body.contents ?? []),
      offered,
      aside: asideOf(body, path, offered.length),
    };
  },
  whole: (reply) => answer(reply, [{ text: reply.parts.join('') }, ...partOfCall(reply)], true),
  *stream(reply): Iterable<Sent> {
    for (const text of reply.parts) yield { data: answer(reply, [{ text }], false), part: true };
    const call = partOfCall(reply);
    yield { data: answer(reply, call.length > 0 ? call : [{ text: '' }], true) };
  },
  error: (code, message) => ({ error: { code, message, status: statusWords[code] ?? 'UNAVAILABLE' } }),
};
