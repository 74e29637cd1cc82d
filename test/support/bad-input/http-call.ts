import { request } from 'node:http';
import type { ErrorBody } from '@cao/contracts';

export interface HttpCall {
  readonly method?: string;
  /** As it stands on the wire: nothing is normalised. */
  readonly path: string;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text and bytes go as they are; anything else as JSON. */
  readonly body?: unknown;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** One request with Node's own client, which sends what a typed client could not say. */
export function httpCall(base: string, call: HttpCall): Promise<HttpAnswer> {
  const { hostname, port } = new URL(base);
  const raw = typeof call.body === 'string' || call.body instanceof Uint8Array;
  const body = call.body === undefined ? undefined : raw ? call.body : JSON.stringify(call.body);
  const headers: Record<string, string> = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(call.token ? { authorization: `Bearer ${call.token}` } : {}),
    ...call.headers,
  };
  return new Promise((resolve, reject) => {
    let answered = false;
    const sent = request(
      { hostname, port, path: call.path, method: call.method ?? 'GET', headers, agent: false },
      (response) => {
        answered = true;
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
        response.on('error', reject);
      },
    );
    // A server that refuses a body early closes while we still write: the answer counts.
    sent.on('error', (error) => {
      if (!answered) reject(error);
    });
    sent.end(body);
  });
}

/** The error of an answer, in the shape of the error table. @throws Error showing an answer that is none. */
export function refusalOf(answer: HttpAnswer): ErrorBody['error'] {
  const { error } = JSON.parse(answer.text) as Partial<ErrorBody>;
  if (!error?.code || !error.next)
    throw new Error(`${answer.status}: not an error of the table: ${answer.text}`);
  return error;
}
