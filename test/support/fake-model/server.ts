import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { MODEL_NAME, sendError, sendJson, sendStream, sendWhole, toolNameFor } from './answer.ts';
import { type Message, nextAnswer } from './conversation.ts';
import { textStep } from './steps.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: MessagesBody;
}
interface MessagesBody {
  readonly model?: string;
  readonly stream?: boolean;
  readonly messages?: readonly Message[];
  readonly system?: unknown;
  readonly tools?: readonly { readonly name: string }[];
}

export interface FakeModel {
  /** For `ANTHROPIC_BASE_URL`. */
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

/**
 * The Messages API on loopback, without a model behind it: the prompt's directives (see the scripted agent's README) say
 * what it answers. `[[call handoff {…}]]` becomes a tool use of the tool that ends with that name, `[[ask Bash ls]]` one of
 * Bash, `[[error 529 2]]` fails twice, `[[chunks 20 150]]` streams in 20 parts 150 ms apart.
 */
export async function startFakeModel(port = 0): Promise<FakeModel> {
  const requests: SeenRequest[] = [];
  const failures = new Map<string, number>();

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const body = parse(await textOf(request));
    requests.push({ method: request.method ?? '', path, headers: request.headers, body });
    if (path.endsWith('/count_tokens')) return sendJson(response, 200, { input_tokens: 100 });
    if (path.endsWith('/messages')) return messages(body, response);
    if (path.endsWith('/models')) return sendJson(response, 200, modelList);
    if (path === '/') return sendJson(response, 200, { about: 'a fake model, no AI' });
    sendJson(response, 404, {
      type: 'error',
      error: { type: 'not_found_error', message: `fake: no ${path}` },
    });
  };

  const messages = async (body: MessagesBody, response: ServerResponse) => {
    const offered = (body.tools ?? []).map((tool) => tool.name);
    // Side calls (titles, summaries) offer no tools; they must not use up a step.
    if (offered.length === 0)
      return respond(body, response, textStep('{"title":"Fake title","isNewTopic":true}'));
    const { step, key } = nextAnswer(body.messages ?? []);
    if (step.failure) {
      const failed = failures.get(key) ?? 0;
      failures.set(key, failed + 1);
      if (failed < step.failure.times) return sendError(response, step.failure.status);
    }
    if (step.delayMs > 0) await pause(step.delayMs);
    const call = step.call && { ...step.call, tool: toolNameFor(step.call.tool, offered) };
    return respond(body, response, { ...step, call });
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const modelList = {
  data: [
    { type: 'model', id: MODEL_NAME, display_name: 'Fake model, no AI', created_at: '2025-01-01T00:00:00Z' },
  ],
  has_more: false,
  first_id: MODEL_NAME,
  last_id: MODEL_NAME,
};

const respond = (body: MessagesBody, response: ServerResponse, step: Parameters<typeof sendWhole>[1]) =>
  body.stream ? sendStream(response, step) : sendWhole(response, step);

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) text += chunk as string;
  return text;
}

function parse(text: string): MessagesBody {
  try {
    return JSON.parse(text) as MessagesBody;
  } catch {
    return {};
  }
}
