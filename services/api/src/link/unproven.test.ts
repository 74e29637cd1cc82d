import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { watchUnproven } from './unproven.ts';

/** What comes in on it is what the test says. */
const aSocket = () => new Duplex({ read() {}, write() {} }) as Socket;
const gets = async (socket: Socket, bytes: number) => {
  socket.push(Buffer.alloc(bytes));
  await new Promise(setImmediate);
};

test('one that sends more than a hello ends', async () => {
  const socket = aSocket();
  watchUnproven(10, 100)(socket);
  await gets(socket, 10);
  expect(socket.destroyed).toBe(false);
  await gets(socket, 1);
  expect(socket.destroyed).toBe(true);
});

test('one that has shown who it is may send what it likes, and counts no more', async () => {
  const watch = watchUnproven(10, 15);
  const host = aSocket();
  const proven = watch(host);
  await gets(host, 10);
  proven();
  proven();
  await gets(host, 1_000);
  expect(host.destroyed).toBe(false);
  const other = aSocket();
  watch(other);
  await gets(other, 10);
  expect(other.destroyed).toBe(false);
});

test('many together are held to a sum, and those that closed make room again', async () => {
  const watch = watchUnproven(10, 15);
  const [first, second, third] = [aSocket(), aSocket(), aSocket()];
  for (const socket of [first, second]) {
    watch(socket);
    await gets(socket, 9);
  }
  expect([first.destroyed, second.destroyed]).toEqual([false, true]);
  watch(third);
  await gets(third, 6);
  expect(third.destroyed).toBe(false);
});
