import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { onePacket } from './one-packet.ts';

test('what is written in one turn of the event loop leaves together, in order, and what comes later leaves later', async () => {
  const packets: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk, _, done) {
      packets.push(String(chunk));
      done();
    },
    writev(chunks, done) {
      packets.push(chunks.map(({ chunk }) => chunk).join(''));
      done();
    },
  });
  const hold = onePacket(stream);
  const say = (text: string) => {
    hold();
    stream.write(text);
  };
  say('a');
  queueMicrotask(() => say('b'));
  process.nextTick(() => say('c'));
  await new Promise(setImmediate);
  expect(packets).toEqual(['abc']);
  say('d');
  stream.end('e');
  expect(packets, 'an end waits for nothing').toEqual(['abc', 'de']);
  await new Promise(setImmediate);
  expect(packets).toEqual(['abc', 'de']);
});
