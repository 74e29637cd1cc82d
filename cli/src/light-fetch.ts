import type { Fetch } from '@cao/client';

/**
 * `fetch` by `node:http`, for a program that asks once and ends: to load Node's own takes 60 ms, a quarter of most commands.
 * Follows no redirect. Not imported, as an `import` of `node:http` reads its WebSocket, which loads the same.
 */
export const lightFetch: Fetch = (url, { method, headers, body, signal }) =>
  new Promise((resolve, reject) => {
    const causeOf = (error: unknown): unknown => (signal.aborted ? signal.reason : error);
    const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
    const call = request(url, { method, headers, signal }, (response) => {
      const status = response.statusCode!;
      const text = () =>
        response.toArray().then(
          (parts: Buffer[]) => Buffer.concat(parts).toString(),
          (error: unknown) => Promise.reject(causeOf(error)),
        );
      resolve({ ok: status >= 200 && status < 300, status, text });
    });
    call.on('error', (error) => reject(causeOf(error)));
    call.end(body ?? undefined);
  });
