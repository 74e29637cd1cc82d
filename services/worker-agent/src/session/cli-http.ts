import type { CliHttpApi } from '@cao/providers';
import type { Logger } from '@cao/runtime';
import { type CliApiClient, makeRedial } from './cli-api.ts';

/** A stream of events begins at once where there is one. Units: ms. */
const SERVES_MS = 3_000;
/** Answers of a program on this machine. Units: ms. */
const ANSWER_MS = 10_000;
/** An event carries what a tool read or wrote; more than this without an end is no event. Units: characters. */
const MAX_EVENT_CHARS = 16 * 1024 * 1024;

export interface CliHttpAt {
  readonly url: string;
  readonly authorization: string;
}

/**
 * Of a CLI that serves HTTP: follows its events for as long as it lives; what was missed is asked for at every connection.
 * @param onBody gets each event's JSON, and each answer of a snapshot as `{ path, body }`.
 */
export function openHttp(
  at: CliHttpAt,
  api: CliHttpApi,
  log: Logger,
  onBody: (body: Readonly<Record<string, unknown>>) => void,
): CliApiClient {
  const stopping = new AbortController();
  const headers = { authorization: at.authorization };

  const request = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(new URL(path, at.url), {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 200)}`);
    return text === '' ? null : JSON.parse(text);
  };

  const follow = async () => {
    // A CLI that starts takes a connection before it serves it, and may forget it: asked again soon.
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(new Error(`${api.events}: no answer`)), SERVES_MS);
    const signal = AbortSignal.any([stopping.signal, patience.signal]);
    const response = await fetch(new URL(api.events, at.url), { headers, signal }).finally(() =>
      clearTimeout(timer),
    );
    if (!response.ok || !response.body) throw new Error(`${api.events}: ${response.status}`);
    const { body: events } = response;
    try {
      for (const path of api.snapshot) onBody({ path, body: await request('GET', path) });
    } catch (error) {
      // Nobody reads these events any more: the next connection brings its own.
      await events.cancel().catch(() => {}); // it ended by itself
      throw error;
    }
    await readEvents(events, onBody);
  };

  const redial = makeRedial(follow, log);
  return {
    send: async (asked) => {
      if (asked.kind !== 'http') throw new Error(`this API is asked by HTTP, and not by a ${asked.kind}`);
      return await request(asked.method, asked.path, asked.body);
    },
    stop() {
      stopping.abort();
      redial.stop();
    },
  };
}

async function readEvents(
  stream: ReadableStream<Uint8Array>,
  onBody: (body: Readonly<Record<string, unknown>>) => void,
): Promise<void> {
  let buffer = '';
  const decoder = new TextDecoder();
  for await (const bytes of stream) {
    buffer += decoder.decode(bytes, { stream: true });
    const blocks = buffer.split(/\r?\n\r?\n/);
    buffer = blocks.pop() ?? '';
    if (buffer.length > MAX_EVENT_CHARS) throw new Error('an event without an end');
    for (const block of blocks) {
      const body = bodyOf(block);
      if (body) onBody(body);
    }
  }
}

function bodyOf(block: string): Readonly<Record<string, unknown>> | null {
  const data = block
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trimStart())
    .join('\n');
  try {
    const body: unknown = JSON.parse(data);
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : null;
  } catch {
    return null; // a comment, a heartbeat
  }
}
