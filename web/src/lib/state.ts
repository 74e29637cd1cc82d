import type {
  ApprovalView,
  EventView,
  HostView,
  MessageView,
  SessionView,
  TerminalView,
} from '@cao/contracts';
import { messageMoves, terminalStatus } from '@cao/contracts';
import type { Failure } from './failure.ts';

export interface Reason {
  readonly lines: readonly string[];
  readonly next: string;
}

/** All that the page knows. Replaced, never changed: equal references mean equal content. */
export interface State {
  readonly link: { readonly is: 'connecting' | 'live' | 'lost'; readonly reason: string };
  /** The lists have come at least once. */
  readonly loaded: boolean;
  /** What could not be fetched, until it could. */
  readonly failure: Failure | null;
  readonly scope: string | null;
  readonly showEnded: boolean;
  readonly hosts: readonly HostView[];
  /** Newest first. */
  readonly sessions: readonly SessionView[];
  readonly terminals: ReadonlyMap<string, TerminalView>;
  /** By terminal, newest first; only of terminals that were looked at. */
  readonly inboxes: ReadonlyMap<string, readonly MessageView[]>;
  readonly reasons: ReadonlyMap<string, Reason>;
  /** What waits for an answer, by terminal: each asks one thing at a time. */
  readonly approvals: ReadonlyMap<string, ApprovalView>;
  /** Ids that the api does not know. */
  readonly missing: ReadonlySet<string>;
}

export const emptyState: State = {
  link: { is: 'connecting', reason: '' },
  loaded: false,
  failure: null,
  scope: null,
  showEnded: false,
  hosts: [],
  sessions: [],
  terminals: new Map(),
  inboxes: new Map(),
  reasons: new Map(),
  approvals: new Map(),
  missing: new Set(),
};

export type Action =
  | { readonly do: 'link'; readonly is: State['link']['is']; readonly reason?: string }
  | { readonly do: 'event'; readonly event: EventView }
  | {
      readonly do: 'lists';
      readonly hosts: readonly HostView[];
      readonly sessions: readonly (SessionView & { readonly terminals: readonly TerminalView[] })[];
      /** Terminals somebody looks at: kept although the lists no longer hold ended ones. */
      readonly keep: ReadonlySet<string>;
    }
  | { readonly do: 'hosts'; readonly hosts: readonly HostView[] }
  | { readonly do: 'session'; readonly session: SessionView; readonly terminals: readonly TerminalView[] }
  | { readonly do: 'terminal'; readonly terminal: TerminalView }
  | { readonly do: 'missing'; readonly id: string }
  | { readonly do: 'inbox'; readonly id: string; readonly messages: readonly MessageView[] }
  | { readonly do: 'message'; readonly message: MessageView }
  | { readonly do: 'reason'; readonly id: string; readonly reason: Reason | null }
  | { readonly do: 'approvals'; readonly approvals: readonly ApprovalView[] }
  | { readonly do: 'scope'; readonly scope: string }
  | { readonly do: 'showEnded'; readonly on: boolean }
  | { readonly do: 'failure'; readonly failure: Failure | null };

/** The only writer of the page's state. What it does not know is fetched by whoever dispatched the event. */
export function reduce(state: State, action: Action): State {
  switch (action.do) {
    case 'link':
      return { ...state, link: { is: action.is, reason: action.reason ?? '' } };
    case 'event':
      return applyEvent(state, action.event);
    case 'lists': {
      const terminals = new Map<string, TerminalView>();
      for (const id of action.keep) {
        const known = state.terminals.get(id);
        if (known) terminals.set(id, known);
      }
      const sessions = action.sessions.map(({ terminals: own, ...session }) => {
        for (const each of own) terminals.set(each.id, newer(state.terminals.get(each.id), each));
        return session;
      });
      return { ...state, loaded: true, hosts: action.hosts, sessions, terminals };
    }
    case 'hosts':
      return { ...state, hosts: action.hosts };
    case 'session': {
      const others = state.sessions.filter((each) => each.name !== action.session.name);
      const sessions = [...others, action.session].sort((a, b) => time(b.created_at) - time(a.created_at));
      const terminals = new Map(state.terminals);
      for (const each of action.terminals) terminals.set(each.id, newer(terminals.get(each.id), each));
      return { ...state, sessions, terminals };
    }
    case 'terminal': {
      const { terminal } = action;
      const missing = state.missing.has(terminal.id)
        ? new Set([...state.missing].filter((id) => id !== terminal.id))
        : state.missing;
      const fresh = newer(state.terminals.get(terminal.id), terminal);
      return { ...state, missing, terminals: withEntry(state.terminals, terminal.id, fresh) };
    }
    case 'missing':
      return { ...state, missing: new Set([...state.missing, action.id]) };
    case 'inbox': {
      const known = new Map(state.inboxes.get(action.id)?.map((each) => [each.id, each]));
      const messages = action.messages.map((each) => furtherMessage(known.get(each.id), each));
      return { ...state, inboxes: withEntry(state.inboxes, action.id, messages) };
    }
    case 'message': {
      const { message } = action;
      const inbox = state.inboxes.get(message.terminal_id) ?? [];
      const others = inbox.filter((each) => each.id !== message.id);
      const fresh = furtherMessage(
        inbox.find((each) => each.id === message.id),
        message,
      );
      const messages = [...others, fresh].sort((a, b) => b.seq - a.seq);
      return { ...state, inboxes: withEntry(state.inboxes, message.terminal_id, messages) };
    }
    case 'reason': {
      const reasons = new Map(state.reasons);
      if (action.reason) reasons.set(action.id, action.reason);
      else reasons.delete(action.id);
      return { ...state, reasons };
    }
    case 'approvals': {
      const open = action.approvals.filter((each) => each.state === 'open');
      return { ...state, approvals: new Map(open.map((each) => [each.terminal_id, each])) };
    }
    case 'scope':
      return { ...state, scope: action.scope };
    case 'showEnded':
      return { ...state, showEnded: action.on };
    case 'failure':
      return { ...state, failure: action.failure };
  }
}

/** What an event itself says is shown at once; the rest of the entity follows by a fetch. */
function applyEvent(state: State, event: EventView): State {
  if (event.terminal_id === null) return state;
  if (event.kind === 'terminal.status') {
    const known = state.terminals.get(event.terminal_id);
    const status = terminalStatus.safeParse(event.data.status);
    if (!known || !status.success || time(event.at) < time(known.status_at)) return state;
    const source = typeof event.data.source === 'string' ? event.data.source : known.status_source;
    const told = { ...known, status: status.data, status_source: source, status_at: event.at };
    return { ...state, terminals: withEntry(state.terminals, known.id, told) };
  }
  const asked = state.approvals.get(event.terminal_id);
  if (asked && approvalOver.has(event.kind) && event.data.approval_id === asked.id) {
    const approvals = new Map(state.approvals);
    approvals.delete(event.terminal_id);
    return { ...state, approvals };
  }
  const moved = messageEvents[event.kind as keyof typeof messageEvents];
  const inbox = moved ? state.inboxes.get(event.terminal_id) : undefined;
  if (!inbox) return state;
  const messages = inbox.map((each) =>
    each.id === event.data.message_id ? furtherMessage(each, { ...each, state: moved }) : each,
  );
  return { ...state, inboxes: withEntry(state.inboxes, event.terminal_id, messages) };
}

const approvalOver: ReadonlySet<string> = new Set(['approval.answered', 'approval.closed']);

const messageEvents = {
  'message.pasted': 'pasted',
  'message.accepted': 'accepted',
  'message.dead': 'dead',
} as const;

/** An answer may have been on its way while newer news came: status only goes forward in time. */
function newer(known: TerminalView | undefined, fetched: TerminalView): TerminalView {
  if (!known || time(known.status_at) <= time(fetched.status_at)) return fetched;
  const { status, status_source, status_at } = known;
  return { ...fetched, status, status_source, status_at };
}

/** A message only moves along its table, so of two views the one further along is the newer. */
function furtherMessage(known: MessageView | undefined, other: MessageView): MessageView {
  if (!known || known.state === other.state) return other;
  const back = (messageMoves[other.state] as readonly string[]).includes(known.state);
  return back ? { ...other, state: known.state, reason: known.reason } : other;
}

const time = (at: string): number => Date.parse(at);

function withEntry<V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> {
  return new Map(map).set(key, value);
}
