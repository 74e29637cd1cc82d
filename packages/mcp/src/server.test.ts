import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { mcpHandler } from './server.ts';

async function answerTo(request: Readonly<Record<string, unknown>>, version: string): Promise<string> {
  const handle = mcpHandler([], () => {});
  const server = createServer(async (req, res) => {
    await handle(req as Parameters<typeof handle>[0], res, JSON.parse(await text(req)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`, {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-protocol-version': version,
        'mcp-method': String(request.method),
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...request }),
    });
    return await response.text();
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test('server/discover is refused as a method that is not there, so that clients go on with initialize', async () => {
  const answer = await answerTo({ id: 7, method: 'server/discover', params: {} }, '2026-07-28');
  expect(JSON.parse(answer)).toMatchObject({ jsonrpc: '2.0', id: 7, error: { code: -32601 } });
});

test('initialize is answered', async () => {
  const version = '2025-06-18';
  const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: 'x', version: '1' } };
  expect(await answerTo({ id: 8, method: 'initialize', params }, version)).toContain(
    `"protocolVersion":"${version}"`,
  );
});
