import { at, isObject, type Json, list, number, text } from '../_shared/json.ts';
import { onScreen } from '../_shared/on-screen.ts';
import { ask, become, endTurn, inTurn, note, saysUp, stay } from '../_shared/state.ts';
import { addUsage } from '../_shared/usage.ts';
import { type AgentState, type Effect, INTERRUPTED, type Signal, type Step } from '../contract.ts';
import { eventOf } from './events.ts';

/**
 *   starting ──an event and a box──▶ idle ──message of the user──▶ processing ──idle──▶ completed | error | idle (aborted)
 *                                                                   │      ▲
 *                                                   permission.asked└▶ waiting_user_answer ─replied┘
 *
 * Events tell all of it, and in order. The screen says when the box is there, and shows dialogs that no event is read of.
 * The memo: `session` is the conversation of this terminal (sub-agents have others), `user` its last message of the user,
 * `took` the one that was told, `error` what was said of this turn, `counted` the last message in the sums of usage.
 */
export function next(state: AgentState, signal: Signal): Step {
  // A question that an event told of is over with an event.
  if (signal.source === 'screen')
    return state.approval?.nativeId ? stay(state) : onScreen(state, signal.reading, { saysUp: true });
  if (signal.source !== 'api') return stay(state);
  if (signal.body.path !== undefined) return onSnapshot(state, text(signal.body.path), signal.body.body);
  const event = eventOf(signal.body);
  return event ? onEvent(state, event.type, event.properties) : stay(state);
}

const by = (evidence: string) => ({ source: 'api', evidence }) as const;

function onEvent(state: AgentState, type: string, body: Json): Step {
  const isOwn = body.sessionID !== undefined && body.sessionID === state.memo?.session;
  switch (type) {
    case 'server.connected':
      return stay(saysUp(state, by(type)));
    case 'session.created':
      return onSession(state, text(body, 'info.id'), text(body, 'info.parentID'));
    case 'message.updated':
      return text(body, 'info.role') === 'user' ? onPrompt(state, body) : onReply(state, body);
    case 'message.part.updated':
      return onWords(state, body);
    case 'permission.asked':
      return onAsked(state, body);
    case 'permission.replied':
      if (!state.approval || state.approval.nativeId !== body.requestID) return stay(state);
      return stay(become(state, 'processing', by(type)));
    case 'session.error':
      return stay(isOwn ? note(state, { error: wordsOf(body) }) : state);
    case 'session.status':
      return isOwn ? onStatus(state, text(body, 'status.type'), body) : stay(state);
    default:
      return stay(state);
  }
}

function onStatus(state: AgentState, status: string, body: Json): Step {
  if (status === 'idle') return turnOver(state, 'session.status');
  if (state.approval) return stay(state);
  const working = state.status === 'processing' ? state : become(state, 'processing', by('session.status'));
  const retries = status === 'retry' ? text(body, 'status.message') || status : null;
  return stay(retries === (working.retries ?? null) ? working : { ...working, retries });
}

const childKey = (session: string): string => `child ${session}`;

/** A conversation of sub-agents has a parent. */
function onSession(state: AgentState, session: string, parent: string): Step {
  if (!session) return stay(state);
  if (parent) return stay(note(state, { [childKey(session)]: true }));
  return stay(...known(state, session));
}

const known = (state: AgentState, session: string): [AgentState, Effect[]] => [
  note(state, { session }),
  state.memo?.session === session ? [] : [{ kind: 'session', nativeId: session, logPath: null }],
];

/** The conversation is the one that is written to: of a resumed one nobody says that it was created. */
function onPrompt(state: AgentState, body: Json): Step {
  const session = text(body, 'info.sessionID');
  const user = text(body, 'info.id');
  if (!session || !user || state.memo?.[childKey(session)] || state.memo?.user === user) return stay(state);
  const [heard, effects] = known(note(state, { user, error: '' }), session);
  return stay(inTurn(heard) ? heard : become(heard, 'processing', by('message.updated')), effects);
}

/** What it used is told with its end. */
function onReply(state: AgentState, { info }: Json): Step {
  const isOwn = text(info, 'sessionID') === state.memo?.session && at(info, 'time.completed');
  const id = text(info, 'id');
  if (!isOwn || !id || state.memo?.counted === id) return stay(state);
  return addUsage(note(state, { counted: id }), {
    input: number(info, 'tokens.input'),
    output: number(info, 'tokens.output'),
    cached: number(info, 'tokens.cache.read'),
    cost: number(info, 'cost'),
    model: text(info, 'modelID'),
  });
}

/** The words of a message come after it, and may be told again. */
function onWords(state: AgentState, { part }: Json): Step {
  const { user, took } = state.memo ?? {};
  const prompt = text(part, 'text');
  const isPrompt = text(part, 'type') === 'text' && !at(part, 'synthetic') && prompt !== '';
  if (!isPrompt || user === undefined || text(part, 'messageID') !== user || took === user)
    return stay(state);
  return stay(note(state, { took: user }), [{ kind: 'accepted', prompt }]);
}

/** Sub-agents ask as well, and the same person answers. */
function onAsked(state: AgentState, asked: unknown): Step {
  const id = text(asked, 'id');
  if (!id || state.approval?.nativeId === id) return stay(state);
  const told = at(asked, 'metadata') as Json | undefined;
  const input = told && Object.keys(told).length > 0 ? told : { patterns: list(asked, 'patterns') };
  const approval = { tool: text(asked, 'permission'), input, nativeId: id };
  return stay(ask(state, by('permission.asked'), approval));
}

/** Told at every connection: what began or ended while nobody listened. */
function onSnapshot(state: AgentState, path: string, body: unknown): Step {
  if (path === '/permission' && Array.isArray(body)) {
    if (body.length > 0) return onAsked(state, body[0]);
    return stay(state.approval?.nativeId ? become(state, 'processing', by(path)) : state);
  }
  if (path !== '/session/status' || !isObject(body)) return stay(state);
  const heard = saysUp(state, by(path));
  const busy = Object.keys(body);
  const [only = ''] = busy;
  // The first prompt made a conversation while nobody listened.
  if (!heard.memo?.session && busy.length === 1) {
    const [found, effects] = known(heard, only);
    return stay(inTurn(found) ? found : become(found, 'processing', by(path)), effects);
  }
  const isOver = heard.memo?.session !== undefined && !busy.includes(text(heard.memo.session));
  return isOver ? turnOver(heard, path) : stay(heard);
}

const ABORTED = 'MessageAbortedError';

/** An error is told before the end of its turn, and the end twice. */
function turnOver(state: AgentState, evidence: string): Step {
  if (!inTurn(state)) return stay(state);
  const said = text(state.memo?.error);
  return endTurn(
    state,
    by(evidence),
    { error: said === ABORTED ? INTERRUPTED : said || null },
    { error: '' },
  );
}

/** A number in front tells a refused login from other errors. */
function wordsOf(body: Json): string {
  const name = text(body, 'error.name') || 'error';
  if (name === ABORTED) return name;
  const code = number(body, 'error.data.statusCode');
  return `${code ? `${code} ` : ''}${text(body, 'error.data.message') || name}`;
}
