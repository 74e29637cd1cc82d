import { API_PREFIX } from '@cao/contracts';
import { Pool } from 'undici';

type Method = 'GET' | 'POST' | 'DELETE';

/** Calls to the api over kept connections, with as little work of ours as can be: what is timed is the api. */
export interface Caller {
  /** @throws Error with what the api answered, unless that was a success. */
  call<T>(method: Method, path: string, body?: unknown): Promise<T>;
  close(): Promise<void>;
}

/** More than any phase has under way. */
const CONNECTIONS = 256;

/** @param urls the replicas, called in turn. */
export function makeCaller(urls: readonly string[], token: string): Caller {
  const pools = urls.map((url) => new Pool(url, { connections: CONNECTIONS }));
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  let turn = 0;
  return {
    async call<T>(method: Method, path: string, body?: unknown) {
      const answer = await pools[turn++ % pools.length]!.request({
        method,
        path: (path.startsWith('/health') ? '' : API_PREFIX) + path,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
      });
      if (answer.statusCode < 300) return (await answer.body.json()) as T;
      throw new Error(`${method} ${path} was answered ${answer.statusCode}: ${await answer.body.text()}`);
    },
    close: async () => void (await Promise.all(pools.map((pool) => pool.destroy()))),
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
