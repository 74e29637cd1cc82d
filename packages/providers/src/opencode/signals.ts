import { at, isObject, type Json, list, number, text } from '../_shared/json.ts';
import { goesOn, isUp, type Reaction, reducer, when } from '../_shared/reactions.ts';
import { ask, endTurn, inSession, inTurn, note, stay } from '../_shared/state.ts';
import { accepted, triesAgain, works } from '../_shared/turn.ts';
import { usageAt } from '../_shared/usage.ts';
import { type AgentState, INTERRUPTED } from '../contract.ts';
import { eventOf, saidIn } from './events.ts';

/**
 *   starting ──an event and a box──▶ idle ──message of the user──▶ processing ──idle──▶ completed | error | idle (aborted)
 *                                                                   │      ▲
 *                                                   permission.asked└▶ waiting_user_answer ─replied┘
 *
 * Events tell all of it, and in order. The screen says when the box is there, and shows dialogs that no event is read of.
 * The memo: `session` is the conversation of this terminal (sub-agents have others), `user` its last message of the user,
 * `took` the one that was told, `error` what was said of this turn, `counted` the last message in the sums of usage.
 */

const isOwn = (state: AgentState, { sessionID }: Json): boolean =>
  sessionID !== undefined && sessionID === state.memo?.session;
const childKey = (session: string): string => `child ${session}`;

/** A conversation of sub-agents has a parent. */
const onSession: Reaction = (state, _, { info }) => {
  const session = text(info, 'id');
  if (!session) return stay(state);
  if (text(info, 'parentID')) return stay(note(state, { [childKey(session)]: true }));
  return inSession(state, session);
};

/** A turn begins with a message of the user. What one of the model used is told with its end. */
const onMessage: Reaction = (state, said, body) => {
  const [id, session] = [text(body, 'info.id'), text(body, 'info.sessionID')];
  if (text(body, 'info.role') !== 'user') {
    const isEnd = session === state.memo?.session && at(body, 'info.time.completed');
    return isEnd ? addUsage(state, said, body) : stay(state);
  }
  if (!session || !id || state.memo?.[childKey(session)] || state.memo?.user === id) return stay(state);
  // The conversation is the one that is written to: of a resumed one nobody says that it was created.
  return inSession(works(note(state, { user: id, error: '' }), said), session);
};

const addUsage = usageAt({
  id: 'info.id',
  input: ['info.tokens.input'],
  output: ['info.tokens.output'],
  cached: ['info.tokens.cache.read'],
  cost: ['info.cost'],
  model: 'info.modelID',
});

/** The words of a message come after it, and may be told again. */
const onWords: Reaction = (state, _, { part }) => {
  const message = text(part, 'messageID');
  const prompt = saidIn(part);
  if (!prompt || message !== state.memo?.user || message === state.memo.took) return stay(state);
  return stay(note(state, { took: message }), [accepted(prompt)]);
};

/** Sub-agents ask as well, and the same person answers. */
const onAsked: Reaction = (state, said, asked) => {
  const id = text(asked, 'id');
  if (!id || state.approval?.nativeId === id) return stay(state);
  const told = at(asked, 'metadata') ?? {};
  const input = Object.keys(told).length > 0 ? told : { patterns: list(asked, 'patterns') };
  return stay(ask(state, said, { tool: text(asked, 'permission'), input, nativeId: id }));
};

const onStatus: Reaction = (state, said, body) => {
  const type = text(body, 'status.type');
  if (type === 'idle') return turnOver(state, said, body);
  if (state.approval) return stay(state);
  return stay(triesAgain(works(state, said), type === 'retry' ? text(body, 'status.message') || type : null));
};

const ABORTED = 'MessageAbortedError';

/** An error is told before the end of its turn, and the end twice. */
const turnOver = when(inTurn, (state, said) => {
  const error = text(state.memo?.error);
  return endTurn(state, said, { error: error === ABORTED ? INTERRUPTED : error || null }, { error: '' });
});

/** A number in front tells a refused login from other errors. */
function wordsOf({ error }: Json): string {
  const name = text(error, 'name') || 'error';
  if (name === ABORTED) return name;
  const code = number(error, 'data.statusCode');
  return `${code ? `${code} ` : ''}${text(error, 'data.message') || name}`;
}

/** The questions that are open when it is listened to again. */
const onQuestions: Reaction = (state, said, told) => {
  if (!Array.isArray(told.body)) return stay(state);
  if (told.body.length > 0) return onAsked(state, { ...said, evidence: 'permission.asked' }, told.body[0]);
  return state.approval?.nativeId ? goesOn(state, said, told) : stay(state);
};

/** The conversations in which a turn runs then. */
const onBusy: Reaction = (state, said, told) => {
  if (!isObject(told.body)) return stay(state);
  const { state: heard } = isUp(state, said, told);
  const busy = Object.keys(told.body);
  const session = heard.memo?.session;
  // The first prompt made a conversation while nobody listened.
  if (!session && busy.length === 1) return inSession(works(heard, said), busy[0] ?? '');
  return session !== undefined && !busy.includes(text(session)) ? turnOver(heard, said, told) : stay(heard);
};

export const next = reducer({
  event: eventOf,
  events: {
    'server.connected': isUp,
    'session.created': onSession,
    'session.status': when(isOwn, onStatus),
    'session.error': when(isOwn, (state, _, body) => stay(note(state, { error: wordsOf(body) }))),
    'message.updated': onMessage,
    'message.part.updated': onWords,
    'permission.asked': onAsked,
    'permission.replied': when((state, { requestID }) => state.approval?.nativeId === requestID, goesOn),
    '/permission': onQuestions,
    '/session/status': onBusy,
  },
  // A question that an event told of is over with an event.
  isSilent: ({ approval }) => Boolean(approval?.nativeId),
  saysUp: true,
});
