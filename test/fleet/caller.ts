import { Agent, request } from 'node:http';
import { API_PREFIX } from '@cao/contracts';

type Method = 'GET' | 'POST' | 'DELETE';

/** Calls to the api over kept connections, with as little work of ours as can be: what is timed is the api. */
export interface Caller {
  /** @throws Error with what the api answered, unless that was a success. */
  call<T>(method: Method, path: string, body?: unknown): Promise<T>;
  close(): void;
}

/** @param urls the replicas, called in turn. */
export function makeCaller(urls: readonly string[], token: string): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  let turn = 0;
  return {
    call: <T>(method: Method, path: string, body?: unknown) =>
      new Promise<T>((resolve, reject) => {
        const url = urls[turn++ % urls.length]! + (path.startsWith('/health') ? '' : API_PREFIX) + path;
        const call = request(url, { method, agent, headers }, (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (part: string) => {
            text += part;
          });
          answer.on('error', reject);
          answer.on('end', () => {
            if (answer.statusCode! < 300) resolve(JSON.parse(text) as T);
            else reject(new Error(`${method} ${path} was answered ${answer.statusCode}: ${text}`));
          });
        });
        call.on('error', reject);
        call.end(body === undefined ? undefined : JSON.stringify(body));
      }),
    close: () => agent.destroy(),
  };
}

/** Does `work` for each of `count`, so many at a time. */
export async function inParallel(
  count: number,
  atOnce: number,
  work: (n: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, worker));
}
