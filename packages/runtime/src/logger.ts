import pino, { type Logger as PinoLogger } from 'pino';
import { errorForLog } from './error-for-log.ts';

export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(bindings: Record<string, unknown>): Logger;
};

/** Fields whose values never reach a log, however deep a caller puts them at the first two levels. */
const REDACTED = ['token', 'credential', 'password', 'authorization', 'secret', 'text', 'message_text'];

/** One JSON line per entry on stderr, so that stdout stays a program's answer. */
export function makeLogger(name: string, level = 'info'): Logger {
  return pino(
    {
      name,
      level,
      base: { name, pid: process.pid },
      serializers: { err: errorForLog },
      redact: { paths: REDACTED.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
    },
    pino.destination({ dest: 2, sync: false }),
  );
}

export const silentLogger: Logger = pino({ level: 'silent' });
