import { z } from 'zod';

/** Most that a terminal takes along, and how much of it one command carries. Units: bytes. */
export const CHECKPOINT = { most: 64 * 1024 * 1024, part: 1024 * 1024 } as const;

/** Moves of one terminal that are remembered. */
export const MOST_MARKS = 100;

/**
 * What a terminal that is moved takes along to another host, as one archive (tar) on the host that it leaves: the files of its
 * CLI's conversation, and the work in its worktree that the remote does not have. `bytes` is 0 when there is nothing to bring.
 */
export const checkpoint = z.object({
  bytes: z.number().int().min(0).max(CHECKPOINT.most),
  /** Of the archive, hex. */
  sha256: z.string().max(64),
  conversation: z.boolean(),
  /** `saved`: the remote has all of it. `stays`: it could not be packed. `none`: the terminal has no worktree. */
  work: z.enum(['comes', 'saved', 'stays', 'none']),
  /** Of each worktree that this work was in and left, oldest first: those may be replaced by what came of them. */
  marks: z.array(z.string().max(64)).max(MOST_MARKS),
  /** In words: what comes along, and what stays behind and where. */
  note: z.string().max(2000),
});
export type Checkpoint = z.infer<typeof checkpoint>;
