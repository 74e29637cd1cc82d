import { z } from 'zod';

/** A terminal: 8 hex digits, the first one a letter, so that it is never read as a number. */
export const terminalId = z
  .string()
  .regex(/^[a-f][0-9a-f]{7}$/, 'a terminal id is 8 hex digits beginning with a–f');
/** A host: the same form as a terminal id. */
export const hostId = z.string().regex(/^[a-f][0-9a-f]{7}$/, 'a host id is 8 hex digits beginning with a–f');
export const taskId = z.string().regex(/^t[0-9a-f]{11}$/, 'a task id is t and 11 hex digits');
export const messageId = z.uuid();

/** tmux turns `.` and `:` of a name into `_`, so neither may be in one. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/;
export const profileName = z
  .string()
  .regex(NAME, 'a profile name has letters, digits, _ and -, at most 64, and does not begin with -');
export const hostName = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, 'a host name has letters, digits, _ . and -, at most 64');

export const SESSION_PREFIX = 'cao-';
export const sessionName = z
  .string()
  .regex(NAME, 'a session name has letters, digits, _ and -, at most 64, and does not begin with -');

/** `my-task` and `cao-my-task` name the same session. */
export const withSessionPrefix = (name: string): string =>
  name.startsWith(SESSION_PREFIX) ? name : SESSION_PREFIX + name;
