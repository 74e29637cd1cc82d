import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@cao/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { openSocket } from './cli-socket.ts';

const hello = [{ method: 'initialize', params: { a: 1 } }, { method: 'initialized' }];
const saidHello = [{ id: 1, method: 'initialize', params: { a: 1 } }, { method: 'initialized' }];

/** A CLI that serves a socket behind a link of a long name, and who follows it. */
function served() {
  const dir = mkdtempSync(join(tmpdir(), 'cao-sock-'));
  const real = join(dir, 's');
  const path = join(dir, `${'long'.repeat(30)}.sock`);
  const http = createServer().listen(real);
  symlinkSync(real, path);
  const server = new WebSocketServer({ server: http });
  const heard: Readonly<Record<string, unknown>>[] = [];
  let wake = () => {};
  const client = openSocket(path, { kind: 'socket', hello }, silentLogger, (body) => {
    heard.push(body);
    wake();
  });
  onTestFinished(() => {
    client.stop();
    for (const socket of server.clients) socket.terminate();
    http.close();
    rmSync(dir, { recursive: true });
  });
  return {
    client,
    heard,
    /** The next connection, and what it has said since. */
    async connection() {
      const [socket] = (await once(server, 'connection')) as [WebSocket];
      const said: unknown[] = [];
      let more = () => {};
      socket.on('message', (data) => {
        said.push(JSON.parse(String(data)));
        more();
      });
      const after = async (count: number) => {
        while (said.length < count)
          await new Promise<void>((resolve) => {
            more = resolve;
          });
        return said;
      };
      return { socket, after };
    },
    async heardAfter(count: number) {
      while (heard.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return heard;
    },
  };
}

test('says hello at every connection, and hears what comes', async () => {
  const { connection, heardAfter } = served();
  const first = await connection();
  expect(await first.after(2)).toEqual(saidHello);
  first.socket.send('{"method":"a"}');
  first.socket.send('no message');
  first.socket.send('[1]');
  first.socket.send('{"id":1,"result":{"b":2}}');
  first.socket.send('{"id":1,"result":"again"}');
  first.socket.send('{"id":1,"method":"c","params":{}}');
  // An answer is named by what was asked; what is asked of us keeps its number.
  expect(await heardAfter(3)).toEqual([
    { method: 'a' },
    { method: 'initialize', result: { b: 2 } },
    { id: 1, method: 'c', params: {} },
  ]);
  first.socket.terminate();
  expect(await (await connection()).after(2)).toEqual(saidHello);
});

test('sends what it is given, and says when it cannot', async () => {
  const { client, connection } = served();
  const message = { id: 7, result: { decision: 'accept' } };
  await expect(client.send({ kind: 'socket', message })).rejects.toThrow(/no connection/);
  const { after } = await connection();
  await after(2);
  await client.send({ kind: 'socket', message });
  await client.send({ kind: 'socket', message: { method: 'ask', params: {} } });
  expect((await after(4)).slice(2)).toEqual([message, { id: 2, method: 'ask', params: {} }]);
  await expect(client.send({ kind: 'http', method: 'GET', path: '/' })).rejects.toThrow(/asked by a socket/);
});
