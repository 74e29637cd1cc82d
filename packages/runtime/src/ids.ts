import { randomBytes, randomUUID } from 'node:crypto';

/** 8 hex digits, the first a–f: never mistaken for a number by a person, a shell or a queue. */
export const newTerminalId = (): string => {
  const bytes = randomBytes(5);
  return 'abcdef'[bytes[0]! % 6]! + bytes.subarray(1).toString('hex').slice(0, 7);
};
export const newHostId = (): string => newTerminalId();
export const newTaskId = (): string => `t${randomBytes(6).toString('hex').slice(0, 11)}`;
export const newUuid = (): string => randomUUID();
/** 256 bits, URL-safe. Shown once, stored hashed. */
export const newSecret = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`;
