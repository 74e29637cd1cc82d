import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { makeLink } from './link.ts';

/** The one thing that a link does to its socket, which is its outermost edge. */
const socketTo = (sent: string[], state = { bufferedAmount: 0 }) =>
  Object.assign(state, { send: (text: string) => sent.push(text) }) as unknown as WebSocket;

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

const WINDOW = 32;
const report = { do: 'report' } as const;
const answerTo = (id: number) => ({ t: 'done', e: 1, id, ok: true, result: { panes: [] } }) as const;

test('a host has a window of commands; the next goes out when one is answered', async () => {
  const sent: string[] = [];
  const link = makeLink(socketTo(sent), 'a1234567', 1);
  const answers = Array.from({ length: WINDOW + 2 }, () => link.command(report, 10_000));
  expect(sent).toHaveLength(WINDOW);
  link.onDone(answerTo(1));
  await answers[0];
  expect(sent).toHaveLength(WINDOW + 1);
  for (let id = 2; id <= WINDOW + 1; id++) link.onDone(answerTo(id));
  await Promise.all(answers.slice(0, WINDOW + 1));
  link.onDone(answerTo(WINDOW + 2));
  await answers.at(-1);
});

test('a command waits for its place no longer than its deadline, and is not sent afterwards', async () => {
  const sent: string[] = [];
  const link = makeLink(socketTo(sent), 'a1234567', 1);
  const open = Array.from({ length: WINDOW }, () => link.command(report, 10_000));
  await expect(link.command(report, 20)).rejects.toMatchObject({ code: 'timeout' });
  for (let id = 1; id <= WINDOW; id++) link.onDone(answerTo(id));
  await Promise.all(open);
  expect(sent).toHaveLength(WINDOW);
});

test('what waits for a slow host is bounded: more is refused, and the end of the link answers all of it', async () => {
  const link = makeLink(socketTo([]), 'a1234567', 1);
  const asked = Array.from({ length: WINDOW + 1_000 }, () => link.command(report, 10_000));
  const outcomes = Promise.allSettled(asked);
  await expect(link.command(report, 10_000)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('host a1234567 is slow'),
  });
  link.end('the connection ended');
  for (const outcome of await outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'host_offline' } });
});

test('a host that leaves too much unread is sent no commands and no keys, but what it needs', async () => {
  const sent: string[] = [];
  const state = { bufferedAmount: 0 };
  const link = makeLink(socketTo(sent, state), 'a1234567', 1);
  const open = Array.from({ length: WINDOW + 5 }, () => link.command(report, 10_000));
  for (const answer of open.slice(1, WINDOW)) answer.catch(() => {}); // nobody answers them
  const waited = Promise.allSettled(open.slice(WINDOW));
  state.bufferedAmount = 17 * 1024 * 1024;
  link.onDone(answerTo(1));
  await open[0];
  for (const outcome of await waited)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } });
  await expect(link.command(report, 10_000)).rejects.toMatchObject({ code: 'unavailable' });
  const keys = { t: 'input', terminal: 'a1234567', data: '' } as const;
  expect(() => link.send(keys)).toThrow(/is slow: it does not read what is typed/);
  link.send({ t: 'ack', n: 1 });
  expect(sent).toHaveLength(WINDOW + 1);
  state.bufferedAmount = 0;
  link.send(keys);
  expect(sent).toHaveLength(WINDOW + 2);
});

test('who waits until all is told hears that it is, or that the link ended', async () => {
  const [told, ended] = [makeLink(socketTo([]), 'a1234567', 1), makeLink(socketTo([]), 'a1234567', 2)];
  told.onTold();
  told.end('a test');
  await expect(told.told).resolves.toBeUndefined();
  ended.end('a test');
  await expect(ended.told).rejects.toMatchObject({ code: 'host_offline' });
});
