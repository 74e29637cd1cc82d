import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RpcMessage } from '@cao/providers';
import { silentLogger } from '@cao/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { openSocket } from './cli-socket.ts';

const hello = [{ id: 1, method: 'initialize' }, { method: 'initialized' }];

/** A CLI that serves a socket behind a link of a long name, and who follows it. */
function served() {
  const dir = mkdtempSync(join(tmpdir(), 'cao-sock-'));
  const real = join(dir, 's');
  const path = join(dir, `${'long'.repeat(30)}.sock`);
  const http = createServer().listen(real);
  symlinkSync(real, path);
  const server = new WebSocketServer({ server: http });
  const heard: RpcMessage[] = [];
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
  expect(await first.after(2)).toEqual(hello);
  first.socket.send('{"method":"a"}');
  first.socket.send('no message');
  first.socket.send('[1]');
  first.socket.send('{"method":"b"}');
  expect(await heardAfter(2)).toEqual([{ method: 'a' }, { method: 'b' }]);
  first.socket.terminate();
  expect(await (await connection()).after(2)).toEqual(hello);
});

test('sends what it is given, and says when it cannot', async () => {
  const { client, connection } = served();
  const message = { id: 7, result: { decision: 'accept' } };
  await expect(client.send({ kind: 'socket', message })).rejects.toThrow(/no connection/);
  const { after } = await connection();
  await after(2);
  await client.send({ kind: 'socket', message });
  expect((await after(3)).at(-1)).toEqual(message);
  await expect(client.send({ kind: 'http', method: 'GET', path: '/' })).rejects.toThrow(/asked by a socket/);
});
