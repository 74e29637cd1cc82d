import type {
  ApprovalView,
  EventKind,
  EventView,
  HostView,
  MessageView,
  SessionView,
  TaskView,
  TerminalView,
  WorkspaceView,
} from '@cao/contracts';
import { hostView as anyHostView, providerView } from '../../../test/support/host-view.ts';

const AT = '2026-01-02T03:04:05.000Z';
export const TERMINAL = 'a1b2c3d4';
export const MESSAGE = '7b0c1d52-4f3e-4a1b-9c8d-2e6f5a4b3c21';

export const APPROVAL = '7b0c1d52-4f3e-4a1b-9c8d-2e6f5a4b3c21';

export const terminalView = (over: Partial<TerminalView> = {}): TerminalView => ({
  id: TERMINAL,
  session_name: 'cao-my-task',
  agent_profile: 'developer',
  provider: 'scripted',
  host_id: 'beefbeef',
  host_name: 'laptop',
  epoch: 1,
  lifecycle: 'live',
  status: 'idle',
  status_source: 'hook',
  status_at: AT,
  status_evidence: 'Stop',
  caller_id: null,
  allowed_tools: [],
  only_asked: [],
  working_directory: null,
  workspace: null,
  labels: [],
  queued: 0,
  reason: null,
  last_answer: null,
  failure: null,
  usage: null,
  created_at: AT,
  closed_at: null,
  ...over,
});

export const workspaceView = (over: Partial<WorkspaceView> = {}) => ({
  host_id: 'beefbeef',
  host_name: 'laptop',
  id: TERMINAL,
  session_name: 'cao-my-task',
  repo: 'https://git.example.com/team/app',
  ref: null,
  branch: `cao/cao-my-task/${TERMINAL}`,
  path: `/home/me/.cao/agent/workspaces/trees/${TERMINAL}/app`,
  on_close: 'keep' as const,
  in_use: false,
  used_at: AT,
  size_bytes: 3_000_000,
  changed: 1,
  unpushed: 2,
  error: null,
  ...over,
});

export const sessionView = (over: Partial<SessionView> = {}): SessionView => ({
  name: 'cao-my-task',
  state: 'open',
  conductor_id: TERMINAL,
  on_host_lost: 'fail',
  created_at: AT,
  closed_at: null,
  ...over,
});

export const messageView = (over: Partial<MessageView> = {}): MessageView => ({
  id: MESSAGE,
  terminal_id: TERMINAL,
  seq: 1,
  kind: 'user',
  sender: 'user',
  text: 'hello',
  sanitised: false,
  state: 'queued',
  reason: null,
  task_id: null,
  created_at: AT,
  pasted_at: null,
  accepted_at: null,
  ended_at: null,
  ...over,
});

export const ended = (): MessageView => messageView({ state: 'accepted', accepted_at: AT, ended_at: AT });

export const hostView = (over: Partial<HostView> = {}): HostView =>
  anyHostView({
    labels: ['gpu'],
    terminals: 1,
    providers: [providerView({ id: 'scripted', title: 'Scripted agent (no AI)' })],
    connected_at: AT,
    ...over,
  });

export const eventView = (id: number, kind: EventKind, data: EventView['data'] = {}): EventView => ({
  id,
  at: AT,
  kind,
  session_name: 'cao-my-task',
  terminal_id: kind.startsWith('session') ? null : TERMINAL,
  host_id: null,
  task_id: null,
  data,
});

export const TASK = 't0123456789a';
export const taskView = (over: Partial<TaskView> = {}): TaskView => ({
  id: TASK,
  kind: 'handoff',
  session_name: 'cao-my-task',
  requester_id: TERMINAL,
  worker_id: 'c0ffee00',
  agent_profile: 'reviewer',
  state: 'failed',
  output: null,
  reason: 'its CLI was killed by signal 9',
  deadline_at: AT,
  created_at: AT,
  ended_at: AT,
  answered_at: null,
  ...over,
});

export const approvalView = (over: Partial<ApprovalView> = {}): ApprovalView => ({
  id: APPROVAL,
  terminal_id: TERMINAL,
  epoch: 1,
  session_name: 'cao-my-task',
  agent_profile: 'developer',
  host_id: 'beefbeef',
  host_name: 'laptop',
  tool: 'Bash',
  input: { command: 'make' },
  input_cut: false,
  state: 'open',
  decision: null,
  answered_by: null,
  reason: null,
  created_at: AT,
  answered_at: null,
  closed_at: null,
  ...over,
});
