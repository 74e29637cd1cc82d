import { z } from 'zod';
import { approvalEnd, approvalId } from './approvals.ts';
import { hostHealth } from './entities.ts';
import { failure, loginState, usage } from './failures.ts';
import { hostId, terminalId } from './ids.ts';
import { linkCommand } from './link-commands.ts';
import { epoch, pane, paneReport } from './link-pane.ts';
import { terminalStatus } from './status.ts';
import { hostUpgrade } from './upgrade.ts';
import { workspaceOutcome } from './workspace.ts';

/**
 * The host link: one WebSocket that the worker-agent dials. JSON text frames, both ways checked, `t` names the kind.
 * Every frame after `hello` carries the link epoch `e`; the agent obeys only the newest, the api commits only under it.
 */
export const LINK_PATH = '/api/v1/hosts/link';
/** A message of 1,000,000 characters may be 4 MB of UTF-8, and JSON escapes add to it. Units: bytes. */
export const MAX_LINK_FRAME_BYTES = 16 * 1024 * 1024;
/** So many events of a host may be on their way without an ack; the others wait in its spool. */
export const LINK_EVENT_WINDOW = 256;
/** WebSocket ping; two missed ones end the link: half-open is found within 10 s. Units: ms. */
export const LINK_PING_MS = 3_000;

export const providerReport = z.object({
  id: z.string(),
  title: z.string(),
  version: z.string().nullable(),
  /** It can go on with a conversation that ended. */
  resumes: z.boolean().default(false),
  /** An older agent does not tell. */
  login: loginState.default('unknown'),
});

/** A replacement starts only after every lease of the old host has run out, and a margin for slow clocks. Units: s, ms. */
export const leaseMs = (giveUpAfterS: number): number =>
  giveUpAfterS * 1_000 - Math.min(30_000, giveUpAfterS * 250);

const told = { status: terminalStatus, source: z.string(), evidence: z.string().max(2000) };
const statusNow = z.object(told).nullable().default(null);

/** What an agent reports of a terminal. Spooled on disk until acked; applied once, in order. */
export const agentEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('status'), ...pane, ...told }),
  /** `now`: what the terminal is since, where its CLI said both at once. */
  z.object({ kind: z.literal('accepted'), ...pane, seq: z.number().int(), now: statusNow }),
  z.object({ kind: z.literal('not_accepted'), ...pane, seq: z.number().int() }),
  /** The pane takes input again after a refusal. */
  z.object({ kind: z.literal('ready'), ...pane }),
  z.object({
    kind: z.literal('turn_ended'),
    ...pane,
    answer: z.string().nullable(),
    background: z.boolean(),
    error: z.string().nullable(),
    failure: failure.nullable().default(null),
    /** What the terminal is since, so that nobody sees a turn that is over and a status that is not. */
    now: statusNow,
  }),
  /** The CLI chose an id of its own for the conversation. */
  z.object({ kind: z.literal('session'), ...pane, native_id: z.string().min(1).max(256) }),
  z.object({ kind: z.literal('usage'), ...pane, usage }),
  /** A permission prompt waits for an answer. Told again, it changes nothing. */
  z.object({
    kind: z.literal('approval_opened'),
    ...pane,
    approval: approvalId,
    tool: z.string(),
    input: z.unknown(),
    /** Parts of the input were left out by the host. */
    cut: z.boolean().default(false),
  }),
  /** It waits no more: decided through CAO, or for another reason. */
  z.object({
    kind: z.literal('approval_closed'),
    ...pane,
    approval: approvalId,
    reason: z.union([z.enum(['allowed', 'denied']), approvalEnd]),
  }),
  /** Outside of a turn's end: a question at the start, a silence; null once it is over. */
  z.object({ kind: z.literal('trouble'), ...pane, failure: failure.nullable() }),
  z.object({
    kind: z.literal('closed'),
    ...pane,
    reason: z.string().max(2000),
    failure: failure.nullable().default(null),
    /** Of a terminal with a workspace: what became of it. */
    workspace: workspaceOutcome.nullable().default(null),
  }),
  /** A terminal that is to start waits for its worktree; told often enough that nobody takes it for stuck. */
  z.object({
    kind: z.literal('workspace'),
    ...pane,
    state: z.enum(['preparing', 'ready', 'failed']),
    note: z.string().max(2000),
    /** It failed for a reason of this host: another one may do it. */
    elsewhere: z.boolean().default(false),
  }),
  /** Nobody confirmed the host's lease in time, so its pane was ended: it may run elsewhere by now. */
  z.object({ kind: z.literal('lease_expired'), ...pane }),
  z.object({ kind: z.literal('token_rejected'), count: z.number().int() }),
  z.object({ kind: z.literal('health'), health: hostHealth }),
  z.object({ kind: z.literal('upgrade'), upgrade: hostUpgrade }),
]);
export type AgentEvent = z.infer<typeof agentEvent>;

/** The answer to a command. */
const done = z.discriminatedUnion('ok', [
  z.object({
    t: z.literal('done'),
    e: epoch,
    id: z.number().int(),
    ok: z.literal(true),
    result: z.unknown(),
  }),
  z.object({
    t: z.literal('done'),
    e: epoch,
    id: z.number().int(),
    ok: z.literal(false),
    error: z.object({ code: z.string(), message: z.string() }),
  }),
]);

export const upFrame = z.discriminatedUnion('t', [
  z.object({
    t: z.literal('hello'),
    host_id: hostId,
    /** Names the running copy of this host's state folder: two of them at a time are a clone. */
    instance: z.string().min(1).max(128),
    /** `linkProofText`, signed with the host's key; Ed25519, base64. */
    proof: z.string().max(256),
    agent_version: z.string(),
    /** Of this run of the machine: another one means that it was started anew, and all panes with it. */
    machine_boot: z.string().min(1).max(128),
    os: z.string(),
    arch: z.string(),
    providers: z.array(providerReport),
    attach: z.string(),
    panes: z.array(paneReport),
    spool: z.object({ id: z.uuid(), last: z.number().int() }),
    /** Repositories whose mirror it has, by `normaliseRepo`; those used last come first. */
    warm: z.array(z.string().max(1024)).max(100).default([]),
    /** An older agent does not tell. */
    health: hostHealth.nullable().default(null),
  }),
  done,
  z.object({ t: z.literal('event'), e: epoch, n: z.number().int(), at: z.string(), event: agentEvent }),
  z.object({ t: z.literal('beat'), e: epoch, progress: z.number().int(), rss_bytes: z.number().int() }),
  z.object({
    t: z.literal('output'),
    e: epoch,
    terminal: terminalId,
    offset: z.number().int(),
    data: z.base64(),
  }),
  z.object({
    t: z.literal('snapshot'),
    e: epoch,
    terminal: terminalId,
    offset: z.number().int(),
    cols: z.number().int(),
    rows: z.number().int(),
    data: z.base64(),
  }),
]);
export type UpFrame = z.infer<typeof upFrame>;

/** What a host signs to say that it is that host, on this link and on no other. */
export const linkProofText = (about: { nonce: string; host_id: string; instance: string }): string =>
  ['cao host link', about.nonce, about.host_id, about.instance].join('\n');

export const downFrame = z.discriminatedUnion('t', [
  /** The first frame of every link; the hello answers it. */
  z.object({ t: z.literal('challenge'), nonce: z.string() }),
  z.object({
    t: z.literal('welcome'),
    e: epoch,
    host_id: hostId,
    beat_ms: z.number().int(),
    /** The last event of this spool that is committed; older ones need not come again. */
    acked: z.number().int(),
  }),
  z.object({
    t: z.literal('command'),
    e: epoch,
    id: z.number().int(),
    deadline_ms: z.number().int(),
    command: linkCommand,
  }),
  /** Answers the beat of this number: this replica is well, and terminals may run for so long from that beat. Units: ms. */
  z.object({ t: z.literal('lease'), e: epoch, progress: z.number().int(), ms: z.number().int() }),
  z.object({ t: z.literal('ack'), e: epoch, n: z.number().int() }),
  /** Output from now on; with a snapshot first, unless whoever looks has all that was before. */
  z.object({
    t: z.literal('watch'),
    e: epoch,
    terminal: terminalId,
    snapshot: z.boolean().default(true),
  }),
  z.object({ t: z.literal('unwatch'), e: epoch, terminal: terminalId }),
  z.object({ t: z.literal('input'), e: epoch, terminal: terminalId, data: z.base64() }),
  z.object({
    t: z.literal('resize'),
    e: epoch,
    terminal: terminalId,
    cols: z.number().int().min(20).max(500),
    rows: z.number().int().min(5).max(300),
  }),
]);
export type DownFrame = z.infer<typeof downFrame>;

/** Close codes of the link: the agent redials after each but `revoked`. `duplicate`: another machine is linked as this host. */
export const linkClose = {
  superseded: 4001,
  badFrame: 4002,
  revoked: 4003,
  goingAway: 4004,
  duplicate: 4005,
} as const;
