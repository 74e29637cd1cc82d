import { z } from 'zod';
import { diskTrouble } from './disk.ts';
import { failure, failureKind, loginState, usage } from './failures.ts';
import { hostId, messageId, taskId, terminalId } from './ids.ts';
import { deadReason, messageState, taskState, terminalLifecycle, terminalStatus } from './status.ts';
import { hostUpgrade } from './upgrade.ts';
import { onClose, workspaceOutcome } from './workspace.ts';

/** ISO 8601 in UTC, as the database's clock gave it. */
const instant = z.iso.datetime({ offset: true });
const maybe = <T extends z.ZodType>(type: T) => type.nullable();

/** What people set of a host: `cordoned` takes no new terminal; `draining` is emptied; `paused` is given no work until it is over. */
export const hostMode = z.enum(['open', 'cordoned', 'draining', 'paused']);
/** What becomes of the terminals of a host that is drained, once their turns are over. */
export const drainPolicy = z.enum(['move', 'stop']);

/** What a machine has left, when it last told: it does so when it has changed much. */
export const hostHealth = z.object({
  memory_mb: z.number().int().min(1),
  memory_free_mb: z.number().int().min(0),
  disk_free_mb: z.number().int().min(0).describe('where its worker-agent keeps its state'),
  load: z.number().min(0).describe('of the last minute, as `uptime` says it'),
  cores: z.number().int().min(1),
  disk: maybe(diskTrouble).default(null).describe('null while the disk of its state takes writes'),
});
export type HostHealth = z.infer<typeof hostHealth>;

/** `state` is display, `mode` is what people set. */
export const hostView = z.object({
  id: hostId,
  name: z.string(),
  state: z.enum(['online', 'suspect', 'lost']),
  mode: hostMode,
  mode_note: maybe(z.string()).describe('why it was set, as somebody said'),
  mode_until: maybe(instant).describe('when a pause is over, or by when a drain is forced'),
  drain: maybe(drainPolicy),
  labels: z.array(z.string()),
  capacity: z.number().int(),
  terminals: z.number().int().describe('open terminals on this host'),
  link_epoch: z.number().int(),
  agent_version: maybe(z.string()),
  os: maybe(z.string()),
  arch: maybe(z.string()),
  providers: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      version: maybe(z.string()),
      resumes: z.boolean(),
      login: loginState,
      limit: maybe(z.object({ kind: failureKind, until: instant })).describe(
        'its service refused it there: nothing is placed on it until then',
      ),
    }),
  ),
  health: maybe(hostHealth),
  warm: z
    .array(z.string())
    .describe('repositories that it has fetched before: a workspace of one starts fast'),
  attach: maybe(z.string()).describe(
    'the read-only attach line for a person on that host; {session} stands for the name',
  ),
  connected_at: maybe(instant),
  lost_at: maybe(instant),
  duplicate_at: maybe(instant).describe(
    'when another machine last said that it is this host: a clone of it, or a copy of its state folder',
  ),
  upgrade: maybe(hostUpgrade.extend({ at: instant })).describe('the upgrade under way, or the last one'),
  created_at: instant,
});
export type HostView = z.infer<typeof hostView>;

export const terminalView = z.object({
  id: terminalId,
  session_name: z.string(),
  agent_profile: z.string(),
  provider: z.string(),
  host_id: maybe(hostId),
  host_name: maybe(z.string()),
  epoch: z.number().int(),
  lifecycle: terminalLifecycle,
  status: terminalStatus,
  status_source: z.string(),
  status_at: instant,
  status_evidence: z.string(),
  caller_id: maybe(terminalId),
  allowed_tools: z.array(z.string()),
  only_asked: z
    .array(z.string())
    .describe('limits that its CLI cannot enforce: it is only asked to keep them'),
  working_directory: maybe(z.string()),
  workspace: maybe(
    z.object({
      repo: z.string(),
      ref: maybe(z.string()),
      branch: z.string(),
      on_close: onClose,
      outcome: maybe(workspaceOutcome),
    }),
  ).describe('its own worktree of a repository, and what became of it'),
  labels: z.array(z.string()).describe('labels that its host must have'),
  queued: z.number().int().describe('messages waiting for this terminal'),
  reason: maybe(z.string()).describe('why it waits, or why it ended'),
  last_answer: maybe(z.string()),
  failure: maybe(failure).describe('what went wrong in its last turn, and null once a turn went well'),
  usage: maybe(usage).describe('what its conversation has used, as far as its CLI tells'),
  created_at: instant,
  closed_at: maybe(instant),
});
export type TerminalView = z.infer<typeof terminalView>;

/** What becomes of a session's terminals when their host is given up: their tasks fail, or they go on on another host. */
export const onHostLost = z.enum(['fail', 'restart']);

export const sessionView = z.object({
  name: z.string(),
  state: z.enum(['open', 'closing', 'closed']),
  conductor_id: maybe(terminalId),
  on_host_lost: onHostLost,
  created_at: instant,
  closed_at: maybe(instant),
});
export type SessionView = z.infer<typeof sessionView>;

export const messageKind = z.enum(['send_message', 'handoff', 'assign', 'user', 'flow', 'system']);
export type MessageKind = z.infer<typeof messageKind>;

export const messageView = z.object({
  id: messageId,
  terminal_id: terminalId,
  seq: z.number().int(),
  kind: messageKind,
  sender: z.string().describe('a terminal id, or `user`, or `system`'),
  text: z.string(),
  sanitised: z.boolean().describe('control characters were replaced by their visible pictures'),
  state: messageState,
  reason: maybe(deadReason),
  task_id: maybe(taskId),
  created_at: instant,
  pasted_at: maybe(instant),
  accepted_at: maybe(instant),
  ended_at: maybe(instant).describe('when the turn that it began ended, or when it died'),
});
export type MessageView = z.infer<typeof messageView>;

export const taskKind = z.enum(['handoff', 'assign']);
export const taskView = z.object({
  id: taskId,
  kind: taskKind,
  session_name: z.string(),
  requester_id: maybe(terminalId),
  worker_id: terminalId,
  agent_profile: z.string(),
  state: taskState,
  output: maybe(z.string()),
  reason: maybe(z.string()),
  deadline_at: instant,
  created_at: instant,
  ended_at: maybe(instant),
  answered_at: maybe(instant).describe('when its outcome reached the requester'),
});
export type TaskView = z.infer<typeof taskView>;

export const eventKinds = [
  'host.joined',
  'host.online',
  'host.offline',
  'host.mode',
  'host.removed',
  'host.duplicate',
  'host.upgrade',
  'host.disk',
  'session.created',
  'session.closed',
  'terminal.placing',
  'terminal.placed',
  'terminal.waiting',
  'terminal.workspace',
  'terminal.live',
  'terminal.status',
  'terminal.turn_ended',
  'terminal.usage',
  'terminal.trouble',
  'terminal.closed',
  'message.queued',
  'message.pasted',
  'message.accepted',
  'message.dead',
  'task.created',
  'task.ended',
  'task.answered',
  'token.rejected',
  'approval.opened',
  'approval.updated',
  'approval.answered',
  'approval.closed',
  'approval.stuck',
] as const;
export const eventKind = z.enum(eventKinds);
export type EventKind = (typeof eventKinds)[number];

/** One line of the append-only log. `data` never carries message text, the input of a tool or a secret. */
export const eventView = z.object({
  id: z.number().int(),
  at: instant,
  kind: eventKind,
  session_name: maybe(z.string()),
  terminal_id: maybe(terminalId),
  host_id: maybe(hostId),
  task_id: maybe(taskId),
  data: z.record(z.string(), z.unknown()),
});
export type EventView = z.infer<typeof eventView>;

export const profileView = z.object({
  name: z.string(),
  description: z.string(),
  providers: z.array(z.string()).describe('the CLI that it asks for, and those to fall back on'),
  role: maybe(z.string()),
  built_in: z.boolean(),
  updated_at: maybe(instant),
});
export type ProfileView = z.infer<typeof profileView>;
