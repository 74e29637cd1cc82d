import { z } from 'zod';
import { terminalId } from './ids.ts';

/**
 * How a worker-agent gets from the program that runs to the one on its disk. `preparing`: its owner's upgrade command runs
 * and the new program is tried; `waiting`: for the ends of turns; `restarting`: it dials again as the new one; `done`: it is
 * the new one; `failed`: the old one goes on.
 */
export const hostUpgrade = z.object({
  state: z.enum(['preparing', 'waiting', 'restarting', 'done', 'failed']),
  from: z.string().max(128).describe('version of the program that was asked'),
  to: z.string().max(128).nullable().describe('version of the new one; null until it has told'),
  note: z.string().max(2000).describe('why it failed, else empty'),
  waits_for: z.array(terminalId).max(1000).describe('terminals in the middle of a turn'),
});
export type HostUpgrade = z.infer<typeof hostUpgrade>;
