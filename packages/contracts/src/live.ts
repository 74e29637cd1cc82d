import { z } from 'zod';
import { eventView } from './entities.ts';
import { sessionName, terminalId } from './ids.ts';

/**
 * The live WebSocket of people: events as they are committed, and the bytes of watched terminals.
 * Browsers send the token as the subprotocol `cao.token.<token>` beside `cao.live`; others as a bearer header.
 */
export const LIVE_PATH = '/api/v1/live';
export const LIVE_PROTOCOL = 'cao.live';
export const LIVE_TOKEN_PROTOCOL = 'cao.token.';
/** Units: bytes. People type and paste; they do not upload. */
export const MAX_LIVE_FRAME_BYTES = 1024 * 1024;

export const liveRequest = z.discriminatedUnion('t', [
  /** Events after the cursor, then all new ones. Without `after`: new ones only. */
  z.strictObject({
    t: z.literal('subscribe'),
    session: sessionName.optional(),
    after: z.number().int().min(0).optional(),
  }),
  /**
   * With `from` and `epoch` of what is known, what was missed comes first and nothing twice; an offset that is jumped says
   * that bytes are lost. More than `most` bytes, or lost ones, are replaced by a snapshot, where `most` is given.
   */
  z.strictObject({
    t: z.literal('watch'),
    terminal: terminalId,
    from: z.number().int().min(0).optional(),
    epoch: z.number().int().min(0).optional(),
    most: z.number().int().min(0).optional(),
  }),
  z.strictObject({ t: z.literal('unwatch'), terminal: terminalId }),
  z.strictObject({ t: z.literal('input'), terminal: terminalId, data: z.base64() }),
  z.strictObject({
    t: z.literal('resize'),
    terminal: terminalId,
    cols: z.number().int().min(20).max(500),
    rows: z.number().int().min(5).max(300),
  }),
]);
export type LiveRequest = z.infer<typeof liveRequest>;

export const livePush = z.discriminatedUnion('t', [
  z.object({ t: z.literal('subscribed'), after: z.number().int() }),
  z.object({ t: z.literal('event'), event: eventView }),
  /** Everything shown before is replaced by `data`; output follows from `offset`. */
  z.object({
    t: z.literal('snapshot'),
    terminal: terminalId,
    epoch: z.number().int(),
    offset: z.number().int(),
    cols: z.number().int(),
    rows: z.number().int(),
    data: z.string().describe('base64'),
  }),
  z.object({
    t: z.literal('output'),
    terminal: terminalId,
    epoch: z.number().int(),
    offset: z.number().int(),
    data: z.string().describe('base64'),
  }),
  z.object({ t: z.literal('error'), code: z.string(), message: z.string(), terminal: terminalId.optional() }),
]);
export type LivePush = z.infer<typeof livePush>;
