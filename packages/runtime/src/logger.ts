import pino, { type Logger as PinoLogger } from 'pino';
import { errorForLog } from './error-for-log.ts';

export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(bindings: Record<string, unknown>): Logger;
};

/** Fields whose values never reach a log, however deep a caller puts them at the first two levels. */
const REDACTED = ['token', 'credential', 'password', 'authorization', 'secret', 'text', 'message_text'];

/** What a log that takes nothing may keep waiting; more is dropped. Units: characters. */
const MOST_WAITING = 4 * 1024 * 1024;

/**
 * One JSON line per entry on stderr, so that stdout stays a program's answer. A full disk behind it costs lines of the log, and
 * never the process.
 */
export function makeLogger(name: string, level = 'info'): Logger {
  return pino(
    {
      name,
      level,
      base: { name, pid: process.pid },
      serializers: { err: errorForLog },
      redact: { paths: REDACTED.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
    },
    stderr(),
  );
}

function stderr() {
  const destination = pino.destination({ dest: 2, sync: false, maxLength: MOST_WAITING });
  let isRefused = false;
  // Without a listener it would end the process; what waits goes out with a later line.
  destination.on('error', () => {
    isRefused = true;
  });
  destination.on('write', () => {
    isRefused = false;
  });
  const flushSync = destination.flushSync.bind(destination);
  // At the end of the process it would try again for ever.
  destination.flushSync = () => {
    if (!isRefused) flushSync();
  };
  return destination;
}

export const silentLogger: Logger = pino({ level: 'silent' });
