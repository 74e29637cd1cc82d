import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Step } from './steps.ts';

/** Every answer says what it is. */
export const MODEL_NAME = 'fake-model-no-ai';
let answers = 0;

/** The tool as the CLI calls it: `handoff` is `mcp__cao-mcp-server__handoff` to Claude Code. */
export function toolNameFor(name: string, offered: readonly string[]): string {
  return offered.includes(name) ? name : (offered.find((tool) => tool.endsWith(`_${name}`)) ?? name);
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

export function sendError(response: ServerResponse, status: number): void {
  const error = {
    type: errorTypes[status] ?? 'api_error',
    message: `the fake model was told to answer ${status}`,
  };
  sendJson(response, status, { type: 'error', error });
}

function begin(step: Step) {
  answers += 1;
  const stop = step.call ? 'tool_use' : 'end_turn';
  const usage = {
    input_tokens: 10,
    output_tokens: 1,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
  };
  const message = {
    id: `msg_fake${answers}`,
    type: 'message',
    role: 'assistant',
    model: MODEL_NAME,
    content: [],
    usage,
  };
  return { stop, message, toolId: `toolu_fake${answers}` };
}

export function sendWhole(response: ServerResponse, step: Step): void {
  const { stop, message, toolId } = begin(step);
  const content = [
    ...(step.text ? [{ type: 'text', text: step.text }] : []),
    ...(step.call ? [{ type: 'tool_use', id: toolId, name: step.call.tool, input: step.call.input }] : []),
  ];
  sendJson(response, 200, { ...message, content, stop_reason: stop, stop_sequence: null });
}

/** Server-sent events of the Messages API; the text in `step.chunks` parts with `step.gapMs` between them. */
export async function sendStream(response: ServerResponse, step: Step): Promise<void> {
  const { stop, message, toolId } = begin(step);
  const send = (type: string, fields: object) =>
    void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  send('message_start', { message: { ...message, stop_reason: null, stop_sequence: null } });
  let index = 0;
  if (step.text) {
    send('content_block_start', { index, content_block: { type: 'text', text: '' } });
    for (const text of partsOf(step.text, step.chunks)) {
      send('content_block_delta', { index, delta: { type: 'text_delta', text } });
      if (step.gapMs > 0) await pause(step.gapMs);
      if (response.destroyed) return;
    }
    send('content_block_stop', { index });
    index += 1;
  }
  if (step.call) {
    const block = { type: 'tool_use', id: toolId, name: step.call.tool, input: {} };
    send('content_block_start', { index, content_block: block });
    const partial_json = JSON.stringify(step.call.input);
    send('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } });
    send('content_block_stop', { index });
  }
  send('message_delta', { delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: 20 } });
  send('message_stop', {});
  response.end();
}

function partsOf(text: string, count: number): readonly string[] {
  const chars = [...text];
  const size = Math.max(1, Math.ceil(chars.length / Math.max(1, count)));
  const parts: string[] = [];
  for (let at = 0; at < chars.length; at += size) parts.push(chars.slice(at, at + size).join(''));
  return parts;
}
