import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { assertBindAllowed, checkPort, localUrl } from './address.ts';

test('beyond this machine one has to say that plain http is meant', () => {
  for (const own of ['127.0.0.1', '::1', 'localhost']) assertBindAllowed(own, false);
  expect(() => assertBindAllowed('0.0.0.0', false)).toThrow(/plain text/);
  assertBindAllowed('0.0.0.0', true);
});

test('programs on this machine reach every bind', () => {
  expect(localUrl('0.0.0.0', 1)).toBe('http://127.0.0.1:1');
  expect(localUrl('::', 1)).toBe('http://[::1]:1');
  expect(localUrl('192.0.2.1', 1)).toBe('http://192.0.2.1:1');
});

test('a port in use is told with one that could be tried', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as { port: number };
    await expect(checkPort('127.0.0.1', port)).rejects.toMatchObject({
      code: 'conflict',
      message: `port ${port} on 127.0.0.1 is in use by another program`,
      next: expect.stringContaining(`--port ${port + 1}`),
    });
  } finally {
    server.close();
  }
});

test('port 0 is any free one', async () => {
  expect(await checkPort('127.0.0.1', 0)).toBeGreaterThan(0);
});
