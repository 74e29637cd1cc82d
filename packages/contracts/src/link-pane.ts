import { z } from 'zod';
import { approvalId } from './approvals.ts';
import { terminalId } from './ids.ts';
import { terminalStatus } from './status.ts';

/** Of a link, and of a terminal. */
export const epoch = z.number().int().min(0);
/** The last `seq` that was pasted into a pane, and the last one behind which Return was pressed. */
export const cursor = z.object({ seq: z.number().int(), sent: z.number().int() });
/** One life of a terminal. */
export const pane = { terminal: terminalId, epoch };

export const paneReport = z.object({
  ...pane,
  ...cursor.shape,
  dead: z.boolean(),
  status: terminalStatus,
  source: z.string(),
  evidence: z.string(),
  /** sha-256 of the terminal's token, hex: the host mints it, the api stores only this. */
  token_hash: z.string().nullable(),
  cwd: z.string(),
  /** The permission prompt that is open there. An older agent does not tell. */
  approval: approvalId.nullable().optional(),
});
export type PaneReport = z.infer<typeof paneReport>;
