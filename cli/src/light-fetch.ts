import type { Fetch } from '@cao/client';

/**
 * `fetch` by `node:http`, for a program that asks once and ends: to load Node's own takes 60 ms, a quarter of most commands. Follows no
 * redirect. Not imported, as an `import` of `node:http` reads its WebSocket, which loads the same.
 */
export const lightFetch: Fetch = (url, { method, headers, body, signal }) =>
  new Promise((resolve, reject) => {
    const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
    // Of a body that is read later: what goes wrong in it is told by `text`.
    const call = request(url, { method, headers, signal }, (response) => {
      const status = response.statusCode!;
      const read = async () => {
        const parts: Buffer[] = [];
        for await (const part of response) parts.push(part as Buffer);
        return Buffer.concat(parts).toString();
      };
      resolve({ ok: status >= 200 && status < 300, status, text: read });
    });
    call.on('error', reject);
    call.end(body ?? undefined);
  });
