import type { EventView, MessageView, SessionView, TerminalView } from '@cao/contracts';
import { describe, expect, test } from 'vitest';
import { type Action, emptyState, reduce, type State } from './state.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

const session = (name: string, second = 0): SessionView => ({
  name,
  state: 'open',
  conductor_id: null,
  created_at: at(second),
  closed_at: null,
});

const terminal = (change: Partial<TerminalView> = {}): TerminalView => ({
  id: 'a0000001',
  session_name: 'cao-one',
  agent_profile: 'developer',
  provider: 'scripted',
  host_id: null,
  host_name: null,
  epoch: 1,
  lifecycle: 'live',
  status: 'idle',
  status_source: 'hook',
  status_at: at(1),
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
  created_at: at(0),
  closed_at: null,
  ...change,
});

const message = (change: Partial<MessageView> = {}): MessageView => ({
  id: '00000000-0000-4000-8000-000000000001',
  terminal_id: 'a0000001',
  seq: 1,
  kind: 'user',
  sender: 'user',
  text: 'hello',
  sanitised: false,
  state: 'queued',
  reason: null,
  task_id: null,
  created_at: at(0),
  pasted_at: null,
  accepted_at: null,
  ended_at: null,
  ...change,
});

const event = (kind: EventView['kind'], second: number, data: EventView['data']): Action => ({
  do: 'event',
  event: {
    id: second,
    at: at(second),
    kind,
    session_name: 'cao-one',
    terminal_id: 'a0000001',
    host_id: null,
    task_id: null,
    data,
  },
});

const after = (...actions: Action[]): State => actions.reduce(reduce, emptyState);
const known: Action = { do: 'terminal', terminal: terminal() };
const inbox = (...messages: MessageView[]): Action => ({ do: 'inbox', id: 'a0000001', messages });
const statusOf = (state: State) => state.terminals.get('a0000001')?.status;
const statesOf = (state: State) => state.inboxes.get('a0000001')?.map((each) => each.state);

describe('a terminal', () => {
  test('takes the status of an event at once', () => {
    const state = after(known, event('terminal.status', 5, { status: 'processing', source: 'log' }));
    expect(state.terminals.get('a0000001')).toMatchObject({
      status: 'processing',
      status_source: 'log',
      status_at: at(5),
    });
  });

  test('keeps a newer status when an older one comes late, by event or by answer', () => {
    const state = after(
      known,
      event('terminal.status', 5, { status: 'completed' }),
      event('terminal.status', 3, { status: 'processing' }),
      { do: 'terminal', terminal: terminal({ status: 'starting', status_at: at(2), queued: 4 }) },
    );
    expect(statusOf(state)).toBe('completed');
    expect(state.terminals.get('a0000001')?.queued).toBe(4);
  });

  test('is not changed by an event whose status nobody knows', () => {
    expect(statusOf(after(known, event('terminal.status', 5, { status: 'dancing' })))).toBe('idle');
  });

  test('that is not known yet is left to be fetched', () => {
    expect(after(event('terminal.status', 5, { status: 'idle' }))).toBe(emptyState);
  });

  test('that was missing is so no longer once it is there', () => {
    expect(after({ do: 'missing', id: 'a0000001' }, known).missing.size).toBe(0);
  });
});

describe('the lists', () => {
  const lists = (keep: string[], ...terminals: TerminalView[]): Action => ({
    do: 'lists',
    hosts: [],
    sessions: [{ ...session('cao-one'), terminals }],
    keep: new Set(keep),
  });

  test('drop a terminal that ended while nobody watched', () => {
    expect(after(known, lists([])).terminals.size).toBe(0);
  });

  test('leave one that somebody looks at', () => {
    expect(after(known, lists(['a0000001'])).terminals.size).toBe(1);
  });

  test('do not carry terminals inside of sessions', () => {
    expect(after(lists([], terminal())).sessions).toEqual([session('cao-one')]);
  });

  test('get a new session in its place, newest first', () => {
    const add = (name: string, second: number): Action => ({
      do: 'session',
      session: session(name, second),
      terminals: [],
    });
    const state = after(add('cao-old', 1), add('cao-new', 9), add('cao-mid', 5), add('cao-old', 1));
    expect(state.sessions.map((each) => each.name)).toEqual(['cao-new', 'cao-mid', 'cao-old']);
  });
});

describe('a message', () => {
  test('moves along with its events', () => {
    const told = { message_id: message().id };
    const pasted = after(inbox(message()), event('message.pasted', 2, told));
    expect(statesOf(pasted)).toEqual(['pasted']);
    expect(statesOf(reduce(pasted, event('message.accepted', 3, told)))).toEqual(['accepted']);
  });

  test('never goes back when an older answer comes late', () => {
    const state = after(inbox(message({ state: 'accepted' })), inbox(message({ state: 'queued' })));
    expect(statesOf(state)).toEqual(['accepted']);
  });

  test('appears on top of its inbox when it was sent from here, once', () => {
    const sent: Action = {
      do: 'message',
      message: message({ id: '00000000-0000-4000-8000-000000000002', seq: 2 }),
    };
    const state = after(inbox(message()), sent, sent);
    expect(state.inboxes.get('a0000001')?.map((each) => each.seq)).toEqual([2, 1]);
  });

  test('of another terminal leaves the state as it is', () => {
    const state = after(known);
    expect(reduce(state, event('message.pasted', 2, { message_id: message().id }))).toBe(state);
  });
});
