import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { lightFetch } from './light-fetch.ts';

async function aServer(answer: RequestListener): Promise<URL> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=c`);
}

const { signal } = new AbortController();
const get = { method: 'GET', headers: {}, body: null, signal };

test('what is asked arrives, and the answer is what was said, a refusal too', async () => {
  const url = await aServer(async (request, response) => {
    const heard = await request.setEncoding('utf8').toArray();
    response.writeHead(409);
    response.end(
      JSON.stringify([request.method, request.url, request.headers.authorization, heard.join('')]),
    );
  });
  const answer = await lightFetch(url, {
    method: 'POST',
    headers: { authorization: 'x' },
    body: 'schön',
    signal,
  });
  expect(answer).toMatchObject({ ok: false, status: 409 });
  expect(JSON.parse(await answer.text())).toEqual(['POST', '/a?b=c', 'x', 'schön']);
});

test('an answer in many parts is whole, also where a part ends within a letter', async () => {
  const url = await aServer((_, response) => {
    const bytes = Buffer.from('€'.repeat(100_000));
    response.write(bytes.subarray(0, 150_001));
    setImmediate(() => response.end(bytes.subarray(150_001)));
  });
  const answer = await lightFetch(url, get);
  expect(answer.ok).toBe(true);
  expect(await answer.text()).toBe('€'.repeat(100_000));
});

test('nobody there, an answer that breaks off and a caller who leaves are errors', async () => {
  await expect(lightFetch(new URL('http://127.0.0.1:1'), get)).rejects.toThrow(
    'connect ECONNREFUSED 127.0.0.1:1',
  );
  const broken = await aServer((_, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('half', () => response.destroy());
  });
  const half = await lightFetch(broken, get);
  await expect(half.text()).rejects.toThrow('aborted');
  const silent = await aServer(() => {});
  const leaving = new AbortController();
  const asked = lightFetch(silent, { ...get, signal: leaving.signal });
  const why = new Error('enough');
  leaving.abort(why);
  await expect(asked).rejects.toBe(why);
});
