import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { makeLink } from './link.ts';

/** The one thing that a link does to its socket, which is its outermost edge. */
const socketTo = (sent: string[]) => ({ send: (text: string) => sent.push(text) }) as unknown as WebSocket;

test.each([
  ['gone', 'gone'],
  ['no code of ours', 'internal'],
  ['toString', 'internal'],
])('a host that refuses with the code %j is heard as %s', async (said, code) => {
  const link = makeLink(socketTo([]), 'a1234567', 1);
  const answer = link.command({ do: 'report' }, 10_000);
  link.onDone({ t: 'done', e: 1, id: 1, ok: false, error: { code: said, message: 'no' } });
  await expect(answer).rejects.toMatchObject({ code, message: 'no' });
});
