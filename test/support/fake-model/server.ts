import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { anthropic } from './apis/anthropic.ts';
import { type Api, type Asked, MODEL_NAME, type Reply } from './apis/api.ts';
import { chat } from './apis/chat.ts';
import { gemini } from './apis/gemini.ts';
import { responses } from './apis/responses.ts';
import { nextAnswer } from './conversation.ts';
import { type Step, textStep } from './steps.ts';
import { callFor, isShell } from './tools.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  /** What it asked of the model; null for other requests (lists of models, counts of tokens). */
  readonly asked: Asked | null;
  /** When it was read. Units: ms since the epoch. */
  readonly at: number;
  /** How and when it ended; null while it has not. */
  readonly ended: Ended | null;
}
/** `text`: an answer without a call. `shell`: a call of the shell tool. `gone`: the CLI hung up. */
export interface Ended {
  readonly how: 'text' | 'call' | 'shell' | 'aside' | 'error' | 'gone' | 'other';
  readonly at: number;
}

export interface FakeModel {
  /** For `ANTHROPIC_BASE_URL` and the like; OpenAI's APIs lie under `/v1`, Gemini's under `/v1beta`. */
  readonly url: string;
  readonly requests: readonly SeenRequest[];
  close(): Promise<void>;
}

const apis: readonly Api[] = [anthropic, responses, chat, gemini];

/**
 * The APIs of four makers on loopback, without a model behind them: the prompt's directives (see the scripted agent's
 * README) say what is answered. `[[call handoff {…}]]` becomes a call of the offered tool that ends with that name, `[[ask Bash
 * ls]]` one of the shell tool, `[[error 529 2]]` fails twice, `[[chunks 20 150]]` streams in 20 parts 150 ms apart.
 */
export async function startFakeModel(port = 0): Promise<FakeModel> {
  const requests: SeenRequest[] = [];
  const failures = new Map<string, number>();
  let answers = 0;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const body = parse(await textOf(request));
    const api = apis.find((one) => request.method === 'POST' && one.path.test(path));
    const asked = api ? api.read(body, path) : null;
    const seen: { -readonly [Key in keyof SeenRequest]: SeenRequest[Key] } = {
      method: request.method ?? '',
      path,
      headers: request.headers,
      body,
      asked,
      at: Date.now(),
      ended: null,
    };
    requests.push(seen);
    response.once('close', () => {
      seen.ended ??= { how: 'gone', at: Date.now() };
    });
    const how = api && asked ? await converse(api, asked, response) : sendOther(path, response);
    seen.ended ??= { how, at: Date.now() };
  };

  const converse = async (api: Api, asked: Asked, response: ServerResponse): Promise<Ended['how']> => {
    if (asked.aside !== null) {
      await respond(api, asked, textStep(asked.aside), response);
      return 'aside';
    }
    const { step, key } = nextAnswer(asked.messages);
    if (step.failure) {
      const failed = failures.get(key) ?? 0;
      failures.set(key, failed + 1);
      const { status, times } = step.failure;
      if (failed < times) {
        sendJson(response, status, api.error(status, `the fake model was told to answer ${status}`));
        return 'error';
      }
    }
    if (step.delayMs > 0) await pause(step.delayMs);
    const reply = await respond(api, asked, step, response);
    if (!reply) return 'gone';
    if (!reply.call) return 'text';
    return isShell(reply.call.tool) ? 'shell' : 'call';
  };

  /** Null when the CLI hung up before the end. */
  const respond = async (
    api: Api,
    asked: Asked,
    step: Step,
    response: ServerResponse,
  ): Promise<Reply | null> => {
    answers += 1;
    const reply: Reply = {
      id: answers,
      parts: partsOf(step.text, step.chunks),
      call: step.call && callFor(step.call, asked.offered),
    };
    if (!asked.stream) sendJson(response, 200, api.whole(reply));
    else {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const { event, data, part } of api.stream(reply)) {
        const text = typeof data === 'string' ? data : JSON.stringify(data);
        response.write(`${event ? `event: ${event}\n` : ''}data: ${text}\n\n`);
        if (part && step.gapMs > 0) await pause(step.gapMs);
        if (response.destroyed) return null;
      }
      response.end();
    }
    return response.destroyed ? null : reply;
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

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

const modelList = {
  object: 'list',
  data: [
    {
      type: 'model',
      object: 'model',
      id: MODEL_NAME,
      display_name: 'Fake model, no AI',
      created_at: '2025-01-01T00:00:00Z',
    },
  ],
  has_more: false,
  first_id: MODEL_NAME,
  last_id: MODEL_NAME,
};

function sendOther(path: string, response: ServerResponse): 'other' {
  if (path.endsWith('/count_tokens')) sendJson(response, 200, { input_tokens: 100 });
  else if (path.endsWith(':countTokens')) sendJson(response, 200, { totalTokens: 100 });
  else if (path.endsWith('/models')) sendJson(response, 200, modelList);
  else if (path === '/') sendJson(response, 200, { about: 'a fake model, no AI' });
  else sendJson(response, 404, anthropic.error(404, `fake: no ${path}`));
  return 'other';
}

function partsOf(text: string, count: number): readonly string[] {
  const chars = [...text];
  const size = Math.max(1, Math.ceil(chars.length / Math.max(1, count)));
  const parts: string[] = [];
  for (let at = 0; at < chars.length; at += size) parts.push(chars.slice(at, at + size).join(''));
  return parts;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) text += chunk as string;
  return text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {}; // A body that is no JSON asks for nothing.
  }
}
