import { z } from 'zod';

/** What an agent is doing, told by its CLI. No evidence is `unknown`, never `idle`. */
export const terminalStatus = z.enum([
  'starting',
  'idle',
  'processing',
  'completed',
  'waiting_user_answer',
  'error',
  'unknown',
]);
export type TerminalStatus = z.infer<typeof terminalStatus>;

/** A CLI in one of these takes a message. */
export const takesInput = (status: TerminalStatus): boolean => status === 'idle' || status === 'completed';

/** A turn runs, or waits for an answer. */
export const isInTurn = (status: TerminalStatus): boolean =>
  status === 'processing' || status === 'waiting_user_answer';

/**
 * The life of a terminal's row.
 *
 *   placing ◀──▶ live ──▶ closed
 *      │          └─▶ lost ─▶ live | closed
 *      └────────────────────▶ closed
 *
 * Back from live to placing, under the next epoch: its CLI is out of quota, and the next of its chain takes over.
 */
export const lifecycleMoves = {
  placing: ['live', 'closed'],
  live: ['placing', 'lost', 'closed'],
  lost: ['live', 'closed'],
  closed: [],
} as const satisfies Record<string, readonly string[]>;
export type TerminalLifecycle = keyof typeof lifecycleMoves;
export const terminalLifecycle = z.enum(['placing', 'live', 'lost', 'closed']);

/**
 * The life of a message under one epoch of its terminal: queued ──▶ pasted ──▶ accepted, and `dead` from the first two. Of one whose
 * proof comes with its paste it was never told that it lay there unproven: queued ──▶ accepted.
 * A new epoch begins it anew: the CLI that had it could not work on it, and another one gets it.
 */
export const messageMoves = {
  queued: ['pasted', 'accepted', 'dead'],
  pasted: ['accepted', 'dead'],
  accepted: [],
  dead: [],
} as const satisfies Record<string, readonly string[]>;
export type MessageState = keyof typeof messageMoves;
export const messageState = z.enum(['queued', 'pasted', 'accepted', 'dead']);

export const deadReason = z.enum(['not_accepted', 'terminal_closed', 'cancelled', 'too_old', 'refused']);
export type DeadReason = z.infer<typeof deadReason>;

/** The life of a task: running ──▶ exactly one outcome. */
export const taskMoves = {
  running: ['completed', 'failed', 'timeout', 'cancelled'],
  completed: [],
  failed: [],
  timeout: [],
  cancelled: [],
} as const satisfies Record<string, readonly string[]>;
export type TaskState = keyof typeof taskMoves;
export const taskState = z.enum(['running', 'completed', 'failed', 'timeout', 'cancelled']);

/** The life of a permission prompt: open ──▶ answered through CAO, or closed because it went without that. */
export const approvalMoves = {
  open: ['allowed', 'denied', 'closed'],
  allowed: [],
  denied: [],
  closed: [],
} as const satisfies Record<string, readonly string[]>;
export type ApprovalState = keyof typeof approvalMoves;
export const approvalState = z.enum(['open', 'allowed', 'denied', 'closed']);

/** @throws Error naming both states: an illegal step is a defect of ours, never a user's. */
export function assertMove<S extends string>(table: Record<S, readonly string[]>, from: S, to: S): void {
  if (!table[from].includes(to)) throw new Error(`illegal move from ${from} to ${to}`);
}
