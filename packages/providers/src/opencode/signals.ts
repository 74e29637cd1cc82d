import type { AgentState, Effect, ScreenReading, Signal, Step } from '../contract.ts';
import { busySessions, type CliEvent, eventOf, type Info, openQuestion, type Properties } from './events.ts';

export const initial: AgentState = {
  status: 'starting',
  source: 'none',
  evidence: '',
  ready: false,
  approval: null,
};

/**
 *   starting ──an event and a box──▶ idle ──message of the user──▶ processing ──idle──▶ completed | error | idle (aborted)
 *                                                                   │      ▲
 *                                                   permission.asked└▶ waiting_user_answer ─replied┘
 *
 * Events tell all of it, and in order. The screen says when the box is there, and shows dialogs that no event is read of.
 * The memo: `session` is the conversation of this terminal (sub-agents have others), `user` its last message of the user,
 * `took` the one that was told, `error` what was said of this turn, `listens` that events come, and the sums of `usage`.
 */
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'screen') return { state: onScreen(state, signal.reading), effects: [] };
  if (signal.source !== 'api') return stay(state);
  const busy = busySessions(signal.body);
  if (busy) return onSnapshot(state, busy);
  const question = openQuestion(signal.body);
  if (question !== undefined) return question ? onAsked(state, question) : stay(state);
  const event = eventOf(signal.body);
  return event ? onEvent(state, event) : stay(state);
}

const stay = (state: AgentState, effects: readonly Effect[] = []): Step => ({ state, effects });
const become = (state: AgentState, status: AgentState['status'], evidence: string): AgentState => ({
  ...state,
  status,
  source: 'api',
  evidence,
  ready: true,
  approval: null,
});
const note = (state: AgentState, memo: NonNullable<AgentState['memo']>): AgentState => ({
  ...state,
  memo: { ...state.memo, ...memo },
});
const isOpen = ({ status }: AgentState): boolean =>
  status === 'processing' || status === 'waiting_user_answer';

function onEvent(state: AgentState, { type, properties }: CliEvent): Step {
  const own = properties.sessionID !== undefined && properties.sessionID === state.memo?.session;
  switch (type) {
    case 'server.connected':
      return stay(state.memo?.listens ? state : note(state, { listens: true }));
    case 'session.created':
      return onSession(state, properties.info ?? {});
    case 'message.updated':
      return onMessage(state, properties.info ?? {});
    case 'message.part.updated':
      return onPart(state, properties);
    case 'permission.asked':
      return onAsked(state, properties);
    case 'permission.replied':
      if (state.approval?.nativeId !== properties.requestID) return stay(state);
      return stay(become(state, 'processing', type));
    case 'session.error':
      return own ? stay(note(state, { error: wordsOf(properties) })) : stay(state);
    case 'session.status': {
      const { type: now, message } = properties.status ?? {};
      if (!own) return stay(state);
      if (now === 'idle') return ended(state, type);
      if (state.approval || (state.status === 'processing' && now !== 'retry')) return stay(state);
      return stay(become(state, 'processing', now === 'retry' ? `retry: ${message ?? ''}` : type));
    }
    default:
      return stay(state);
  }
}

const childKey = (session: string): string => `child ${session}`;

/** A conversation of sub-agents has a parent. */
function onSession(state: AgentState, info: Info): Step {
  if (!info.id) return stay(state);
  if (info.parentID) return stay(note(state, { [childKey(info.id)]: true }));
  return stay(note(state, { session: info.id }), [{ kind: 'session', nativeId: info.id, logPath: null }]);
}

function onMessage(state: AgentState, info: Info): Step {
  if (info.role === 'user' && info.id) {
    // The conversation is the one that is written to: of a resumed one nobody says that it was created.
    const session = info.sessionID ?? '';
    if (session === '' || state.memo?.[childKey(session)] || state.memo?.user === info.id) return stay(state);
    const known = note(state, { session, user: info.id, error: '' });
    const effects: readonly Effect[] =
      state.memo?.session === session ? [] : [{ kind: 'session', nativeId: session, logPath: null }];
    return stay(isOpen(state) ? known : become(known, 'processing', 'message.updated'), effects);
  }
  if (info.role !== 'assistant' || info.sessionID !== state.memo?.session || !info.time?.completed)
    return stay(state);
  return onUsage(state, info);
}

function onUsage(state: AgentState, info: Info): Step {
  if (!info.id || state.memo?.counted === info.id) return stay(state);
  const sum = (name: string, more = 0) => Number(state.memo?.[name] ?? 0) + more;
  const memo = {
    counted: info.id,
    input: sum('input', info.tokens?.input),
    output: sum('output', info.tokens?.output),
    cached: sum('cached', info.tokens?.cache?.read),
    cost: sum('cost', info.cost),
  };
  const usage = {
    input_tokens: memo.input,
    output_tokens: memo.output,
    cached_tokens: memo.cached,
    cost_usd: memo.cost,
    model: info.modelID ?? null,
  };
  return stay(note(state, memo), [{ kind: 'usage', usage }]);
}

/** The words of a message come after it, and may be told again. */
function onPart(state: AgentState, { part = {} }: Properties): Step {
  const { user, took } = state.memo ?? {};
  if (part.type !== 'text' || part.synthetic || part.messageID !== user || took === user || !part.text)
    return stay(state);
  return stay(note(state, { took: part.messageID as string }), [{ kind: 'accepted', prompt: part.text }]);
}

/** Sub-agents ask as well, and the same person answers. */
function onAsked(state: AgentState, asked: Properties): Step {
  if (!asked.id || state.approval?.nativeId === asked.id) return stay(state);
  const input =
    asked.metadata && Object.keys(asked.metadata).length > 0
      ? asked.metadata
      : { patterns: asked.patterns ?? [] };
  const approval = { tool: asked.permission ?? '', input, nativeId: asked.id };
  return stay({ ...become(state, 'waiting_user_answer', 'permission.asked'), approval });
}

/** Told at every connection: a turn that ended while nobody listened is told now. */
function onSnapshot(state: AgentState, busy: readonly string[]): Step {
  const session = String(state.memo?.session ?? '');
  const heard = note(state, { listens: true });
  return state.ready && isOpen(state) && session !== '' && !busy.includes(session)
    ? ended(heard, '/session/status')
    : stay(heard);
}

const ABORTED = 'MessageAbortedError';

/** An error is told before the end of its turn, and the end twice. */
function ended(state: AgentState, evidence: string): Step {
  if (!isOpen(state)) return stay(state);
  const said = String(state.memo?.error ?? '');
  const aborted = said.startsWith(ABORTED);
  const error = said === '' ? null : aborted ? 'interrupted' : said;
  const status = error === null ? 'completed' : aborted ? 'idle' : 'error';
  const over = note(become(state, status, evidence), { error: '' });
  return stay(over, [{ kind: 'turn_ended', answer: null, background: false, error }]);
}

function wordsOf({ error = {} }: Properties): string {
  const { message, statusCode } = error.data ?? {};
  const name = error.name ?? 'error';
  if (name === ABORTED) return name;
  return `${statusCode === undefined ? '' : `${statusCode} `}${message ?? name}`;
}

function onScreen(state: AgentState, reading: ScreenReading): AgentState {
  const seen = (status: AgentState['status']): AgentState => ({
    ...state,
    status,
    source: 'screen',
    evidence: reading.evidence,
    ready: true,
    approval: null,
  });
  if (!state.ready) return state.memo?.listens && reading.status === 'idle' ? seen('idle') : state;
  // A question of another kind than permissions.
  if (state.status === 'processing' && reading.status === 'waiting_user_answer')
    return { ...seen('waiting_user_answer'), approval: { tool: '', input: reading.evidence } };
  if (state.status === 'waiting_user_answer' && !state.approval?.nativeId && reading.status === 'processing')
    return seen('processing');
  return state;
}
