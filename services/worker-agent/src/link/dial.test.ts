import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { silentLogger } from '@cao/runtime';
import { expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { dial } from './dial.ts';

const CHUNK = 64 * 1024;
const CHUNKS = 1_000;
const terminal = 'a1234567';

test('output that an api is too slow for is left out, and where it ends is told when there is room again', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const linked = Promise.withResolvers<void>();
  const link = dial({
    apiUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    log: silentLogger,
    hello: async () => ({ t: 'hello' }) as never,
    onWelcome: () => linked.resolve(),
    onFrame() {},
    onRevoked() {},
  });
  try {
    const [api] = (await once(server, 'connection')) as [WebSocket];
    api.send(JSON.stringify({ t: 'challenge', nonce: 'n' }));
    await once(api, 'message');
    api.send(JSON.stringify({ t: 'welcome', e: 1, host_id: 'a1234567', beat_ms: 1_000, acked: 0 }));
    await linked.promise;
    api.pause();
    const data = Buffer.alloc(CHUNK, 'x').toString('base64');
    for (let n = 0; n < CHUNKS; n++) link.send({ t: 'output', terminal, offset: n * CHUNK, data });

    const end = Promise.withResolvers<void>();
    let received = 0;
    api.on('message', (text) => {
      const frame = JSON.parse(String(text)) as { offset: number; data: string };
      received += Buffer.byteLength(frame.data, 'base64');
      if (frame.offset === CHUNK * CHUNKS && frame.data === '') end.resolve();
    });
    api.resume();
    await end.promise;
    expect(received).toBeGreaterThan(0);
    expect(received).toBeLessThan((CHUNK * CHUNKS) / 2);
  } finally {
    await link.stop();
    server.close();
  }
});
