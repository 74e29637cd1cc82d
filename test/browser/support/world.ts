import { randomUUID } from 'node:crypto';
import type {
  ApprovalView,
  EventKind,
  EventView,
  HostView,
  MessageView,
  SessionView,
  TerminalView,
} from '@cao/contracts';
import { hostView, providerView } from '../../support/host-view.ts';

/** What a fake api knows. Tests change it by hand; each change is an event, as in the real one. */
export interface World {
  readonly hosts: Map<string, HostView>;
  readonly sessions: Map<string, SessionView>;
  readonly terminals: Map<string, TerminalView>;
  /** Oldest first. */
  readonly messages: MessageView[];
  readonly approvals: Map<string, ApprovalView>;
  readonly events: EventView[];
  onEvent(listener: (event: EventView) => void): () => void;
  host(host: Partial<HostView> & { id: string }): HostView;
  session(session: Partial<SessionView> & { name: string }): SessionView;
  terminal(kind: EventKind, terminal: Partial<TerminalView> & { id: string }): TerminalView;
  approval(
    kind: EventKind,
    approval: Partial<ApprovalView> & { id: string; terminal_id: string },
  ): ApprovalView;
  message(
    kind: EventKind,
    message: Partial<MessageView> & { terminal_id: string; text?: string },
  ): MessageView;
}

const stamp = () => new Date().toISOString();

export function createWorld(): World {
  const listeners = new Set<(event: EventView) => void>();
  const hosts = new Map<string, HostView>();
  const sessions = new Map<string, SessionView>();
  const terminals = new Map<string, TerminalView>();
  const messages: MessageView[] = [];
  const approvals = new Map<string, ApprovalView>();
  const events: EventView[] = [];

  const append = (kind: EventKind, about: Partial<EventView>) => {
    const none = { session_name: null, terminal_id: null, host_id: null, task_id: null, data: {} };
    const event: EventView = { ...none, ...about, id: events.length + 1, at: stamp(), kind };
    events.push(event);
    for (const listener of listeners) listener(event);
  };

  return {
    hosts,
    sessions,
    terminals,
    messages,
    approvals,
    events,
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    host(change) {
      const host: HostView = { ...newHost, created_at: stamp(), ...hosts.get(change.id), ...change };
      hosts.set(host.id, host);
      append(host.state === 'online' ? 'host.online' : 'host.offline', { host_id: host.id });
      return host;
    },
    session(change) {
      const session: SessionView = {
        state: 'open',
        conductor_id: null,
        on_host_lost: 'fail',
        created_at: stamp(),
        closed_at: null,
        ...sessions.get(change.name),
        ...change,
      };
      sessions.set(session.name, session);
      append(session.state === 'closed' ? 'session.closed' : 'session.created', {
        session_name: session.name,
      });
      return session;
    },
    terminal(kind, change) {
      const at = stamp();
      const known = terminals.get(change.id);
      const moved = known?.status === change.status ? {} : { status_at: at };
      const terminal: TerminalView = {
        ...newTerminal,
        created_at: at,
        status_at: at,
        ...known,
        ...moved,
        ...change,
      };
      terminals.set(terminal.id, terminal);
      append(kind, {
        session_name: terminal.session_name,
        terminal_id: terminal.id,
        host_id: terminal.host_id,
        data: { epoch: terminal.epoch, status: terminal.status, source: terminal.status_source },
      });
      return terminal;
    },
    approval(kind, change) {
      const fresh = { ...newApproval, created_at: stamp() };
      const approval: ApprovalView = { ...fresh, ...approvals.get(change.id), ...change };
      approvals.set(approval.id, approval);
      append(kind, {
        session_name: approval.session_name,
        terminal_id: approval.terminal_id,
        host_id: approval.host_id,
        data: { approval_id: approval.id, tool: approval.tool },
      });
      return approval;
    },
    message(kind, change) {
      const index = messages.findIndex((each) => each.id === change.id);
      const mine = messages.filter((each) => each.terminal_id === change.terminal_id);
      const fresh = { ...newMessage, id: randomUUID(), seq: mine.length + 1, created_at: stamp() };
      const message: MessageView = { ...fresh, ...messages[index], ...change };
      if (index < 0) messages.push(message);
      else messages[index] = message;
      append(kind, { terminal_id: message.terminal_id, data: { message_id: message.id, seq: message.seq } });
      return message;
    },
  };
}

const newHost = hostView({
  providers: [providerView({ id: 'claude_code', title: 'Claude Code', version: '2.1.0' })],
});

const newTerminal = {
  session_name: 'cao-demo',
  agent_profile: 'developer',
  provider: 'claude_code',
  host_id: null,
  host_name: null,
  epoch: 1,
  lifecycle: 'live',
  status: 'idle',
  status_source: 'hook',
  status_evidence: '',
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
  closed_at: null,
} satisfies Partial<TerminalView>;

const newApproval = {
  epoch: 1,
  session_name: 'cao-demo',
  agent_profile: 'developer',
  host_id: 'aaaa0001',
  host_name: 'laptop',
  tool: 'Bash',
  input: { command: 'npm test' },
  input_cut: false,
  state: 'open',
  decision: null,
  answered_by: null,
  reason: null,
  answered_at: null,
  closed_at: null,
} satisfies Partial<ApprovalView>;

const newMessage = {
  kind: 'user',
  sender: 'user',
  text: 'hello',
  sanitised: false,
  state: 'queued',
  reason: null,
  task_id: null,
  pasted_at: null,
  accepted_at: null,
  ended_at: null,
} satisfies Partial<MessageView>;
