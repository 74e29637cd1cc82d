import { z } from 'zod';
import { approvalDecision, approvalId } from './approvals.ts';
import { CHECKPOINT, checkpoint } from './checkpoint.ts';
import { diskCondition } from './disk.ts';
import { messageId, terminalId } from './ids.ts';
import { cursor, pane, paneReport } from './link-pane.ts';
import { profileFrontMatter } from './profile.ts';
import { TRANSCRIPT_READ, transcriptPage } from './transcript.ts';
import { hostUpgrade } from './upgrade.ts';
import { collection, workspaceOrder, workspaceView } from './workspace.ts';

const start = z.object({
  do: z.literal('start'),
  ...pane,
  session: z.string(),
  provider: z.string(),
  profile: profileFrontMatter.extend({ systemPrompt: z.string() }),
  tools: z.array(z.string()),
  yolo: z.boolean(),
  cwd: z.string().nullable(),
  native_session_id: z.string().min(1).max(256),
  resume: z.boolean().default(false),
  /** It may run only while the lease of its host holds. */
  leased: z.boolean().default(false),
  /** Its own worktree, instead of `cwd`. */
  workspace: workspaceOrder.nullable().default(null),
  /** What it takes along from another host; it was written here before, or is asked for. */
  checkpoint: checkpoint
    .omit({ note: true })
    /** Where its CLI ran. */
    .extend({ cwd: z.string().nullable() })
    .nullable()
    .default(null),
});
/** Ends the pane of a terminal that goes on elsewhere, and packs what it takes along. Asked again, it packs again. */
const takeCheckpoint = z.object({
  do: z.literal('checkpoint'),
  ...pane,
  provider: z.string(),
  native_session_id: z.string().min(1).max(256),
  cwd: z.string().nullable(),
});
const checkpointOffset = z.number().int().min(0).max(CHECKPOINT.most);
const readCheckpoint = z.object({ do: z.literal('read_checkpoint'), ...pane, from: checkpointOffset });
/** Of the epoch that is to start. One that begins at 0 takes the place of what was written before. */
const writeCheckpoint = z.object({
  do: z.literal('write_checkpoint'),
  ...pane,
  from: checkpointOffset,
  data: z.base64(),
});
const deliver = z.object({
  do: z.literal('deliver'),
  ...pane,
  seq: z.number().int(),
  prev: z.number().int(),
  message_id: messageId,
  text: z.string(),
});
const close = z.object({
  do: z.literal('close'),
  ...pane,
  reason: z.string(),
  /** The terminal is over, and not only this epoch of it: its workspace is dealt with as was asked for. */
  final: z.boolean().optional(),
});
const keys = z.object({ do: z.literal('keys'), ...pane, keys: z.array(z.string()) });
/** Decides one permission prompt, and only that one. */
const answer = z.object({
  do: z.literal('answer'),
  ...pane,
  approval: approvalId,
  decision: approvalDecision,
});
/** What runs on the host now, as in `hello`. */
const report = z.object({ do: z.literal('report') });
const capture = z.object({ do: z.literal('capture'), ...pane, mode: z.enum(['screen', 'full']) });
/** Reads what the host keeps of a terminal's output, also of one that is closed. Without `from`: from the oldest byte. */
const transcript = z.object({
  do: z.literal('transcript'),
  ...pane,
  from: z.number().int().min(0).optional(),
  limit: z.number().int().min(1).max(TRANSCRIPT_READ.most),
});

/** The worktrees of the host. */
const workspaces = z.object({ do: z.literal('workspaces') });
const collect = z.object({
  do: z.literal('collect'),
  dry_run: z.boolean(),
  /** Instead of the host's own age. Units: days. */
  days: z.number().min(0).optional(),
});
const removeWorkspace = z.object({
  do: z.literal('remove_workspace'),
  workspace: terminalId,
  /** Also with work that would be lost. */
  force: z.boolean(),
  dry_run: z.boolean(),
});

/** Begins again as the program that is on its disk, once no terminal is in the middle of a turn. Asked again, it changes nothing. */
const upgrade = z.object({ do: z.literal('upgrade') });

export const linkCommand = z.discriminatedUnion('do', [
  start,
  deliver,
  close,
  keys,
  answer,
  capture,
  transcript,
  report,
  workspaces,
  collect,
  removeWorkspace,
  upgrade,
  takeCheckpoint,
  readCheckpoint,
  writeCheckpoint,
]);
export type LinkCommand = z.infer<typeof linkCommand>;

/** Why a pane did not take a message now. All but the last two end by themselves, and then a `ready` event comes. */
export const refusal = z.enum([
  'not_ready',
  'busy',
  'approval_open',
  'draft',
  'copy_mode',
  'input_off',
  'no_bracketed_paste',
  'in_flight',
  ...diskCondition.options,
  'cursor',
  'input_stuck',
  'closed',
]);
export type RefusalReason = z.infer<typeof refusal>;

export const commandResults = {
  start: z.union([
    z.object({
      token_hash: z.string(),
      cwd: z.string(),
      adopted: z.boolean(),
      /** Limits that the CLI cannot enforce and is only asked to keep, in words. */
      only_asked: z.array(z.string()).default([]),
    }),
    /** Its worktree is being made; a `workspace` event says when to ask again. */
    z.object({ preparing: z.string() }),
    /** What it takes along is not here yet, or not whole: write it, and ask again. */
    z.object({ missing: z.literal('checkpoint') }),
    /** Its conversation cannot go on here, and why: ask for a start without it. */
    z.object({ unresumable: z.string() }),
  ]),
  deliver: z.discriminatedUnion('outcome', [
    z.object({ outcome: z.literal('pasted') }),
    z.object({ outcome: z.literal('refused'), reason: refusal, cursor: cursor.nullable() }),
  ]),
  /** `false`: its pane is gone, its workspace is being dealt with; a `closed` event says when, and how. */
  close: z.object({ closed: z.boolean() }),
  keys: z.object({ ok: z.literal(true) }),
  /** `gone`: that prompt is not the one that is open now. */
  answer: z.object({ outcome: z.enum(['answered', 'gone']) }),
  capture: z.object({ output: z.string() }),
  transcript: transcriptPage,
  report: z.object({ panes: z.array(paneReport) }),
  workspaces: z.object({ workspaces: z.array(workspaceView) }),
  collect: collection,
  remove_workspace: z.object({ workspace: workspaceView }),
  upgrade: z.object({ upgrade: hostUpgrade }),
  checkpoint,
  read_checkpoint: z.object({ data: z.base64() }),
  write_checkpoint: z.object({ ok: z.literal(true) }),
} as const satisfies Record<LinkCommand['do'], z.ZodType>;
export type CommandResult<D extends LinkCommand['do']> = z.infer<(typeof commandResults)[D]>;
