import { z } from 'zod';
import { parseDetachKeys } from './detach-keys.ts';

export const DEFAULT_DETACH = 'ctrl-]';

/** `ctrl-]` as written, and as bytes. */
export const detachKeys = z
  .string()
  .default(DEFAULT_DETACH)
  .transform((label, context) => {
    try {
      return { label, keys: parseDetachKeys(label) };
    } catch (cause) {
      context.addIssue({ code: 'custom', message: (cause as Error).message });
      return z.NEVER;
    }
  });
