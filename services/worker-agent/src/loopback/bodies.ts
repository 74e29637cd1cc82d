import type { IncomingMessage, ServerResponse } from 'node:http';
import { CaoError, errorTable, toErrorBody } from '@cao/contracts';

/** A hook carries what a tool read or wrote. Units: bytes. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** @throws CaoError too_large, bad_request (no JSON object). A body that is too large is read to its end and dropped. */
export async function readJsonBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) chunks.length = 0;
    else chunks.push(chunk);
  }
  if (size > MAX_BODY_BYTES)
    throw new CaoError('too_large', `the body is too large: at most ${MAX_BODY_BYTES} bytes`, {
      max_bytes: MAX_BODY_BYTES,
    });
  const body = parse(Buffer.concat(chunks).toString('utf8') || '{}');
  if (typeof body === 'object' && body !== null && !Array.isArray(body))
    return body as Record<string, unknown>;
  throw new CaoError('bad_request', 'body: it must be one JSON object', { field: 'body' });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export const refuse = (response: ServerResponse, error: CaoError): void =>
  answer(response, errorTable[error.code].status, toErrorBody(error));
