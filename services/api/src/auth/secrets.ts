import { createHash } from 'node:crypto';

/** Secrets are random 256-bit strings, so one round of SHA-256 keeps them; nothing is ever compared in the clear. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
