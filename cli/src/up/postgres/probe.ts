import { connect } from 'node:net';
import { APP_ROLE, DATABASE } from './cluster.ts';
import { socketPath } from './place.ts';

/**
 * `ready`: takes connections. `not-yet`: it starts, recovers or stops and says so, or it is too busy to answer.
 * `nobody`: no one listens there.
 */
export type Answer = 'ready' | 'not-yet' | 'nobody';

/** A server that is alive answers a first message at once; a suspended or thrashing one is asked again. */
const ANSWER_WITHIN_MS = 2_000;

/** Protocol 3.0: length, version, then pairs of strings, each ended by a zero byte. */
const startup = (() => {
  const body = Buffer.from(`user\0${APP_ROLE}\0database\0${DATABASE}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + body.length, 0);
  head.writeInt32BE(0x0003_0000, 4);
  return Buffer.concat([head, body]);
})();

/** SQLSTATE cannot_connect_now, in the C field of an ErrorResponse. */
const NOT_NOW = '\0C57P03\0';

/**
 * Asks as pg_isready does: the first message of a login, and no login. The server's request for a password is the proof
 * that it takes connections; so is any refusal but "not now".
 */
export function probe(socketFolder: string): Promise<Answer> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(socketPath(socketFolder));
    const answer = (found: Answer) => {
      socket.destroy();
      resolve(found);
    };
    socket.setTimeout(ANSWER_WITHIN_MS, () => answer('not-yet'));
    socket.once('error', () => answer('nobody'));
    socket.once('connect', () => socket.write(startup));
    socket.setEncoding('latin1').on('data', (text: string) => {
      heard += text;
      if (heard.startsWith('R')) answer('ready');
    });
    socket.once('close', () => {
      if (!heard.startsWith('E')) return answer('not-yet');
      answer(heard.includes(NOT_NOW) ? 'not-yet' : 'ready');
    });
  });
}
