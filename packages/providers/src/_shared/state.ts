import { isInTurn } from '@cao/contracts';
import { type AgentState, type Approval, type Effect, INTERRUPTED, type Step } from '../contract.ts';
import { type Json, text } from './json.ts';

export type Memo = NonNullable<AgentState['memo']>;
/** Who says it, and the deciding word. */
export type Said = Pick<AgentState, 'source' | 'evidence'>;

export const initial: AgentState = {
  status: 'starting',
  source: 'none',
  evidence: '',
  ready: false,
  approval: null,
};

export const stay = (state: AgentState, effects: readonly Effect[] = []): Step => ({ state, effects });

/** Remembers. */
export const note = (state: AgentState, memo: Memo): AgentState => ({
  ...state,
  memo: { ...state.memo, ...memo },
});

export const inTurn = ({ status }: AgentState): boolean => isInTurn(status);

/**
 * Of the memo, what belongs to a status and goes with it: `shown`, the screen has shown it; `was`, the status below a dialog
 * that no signal told of; `up` and `box`, what has come of a start. All else is the provider's, and stays.
 */
function kept({ memo = {} }: AgentState): Memo {
  const { shown: _shown, was: _was, up: _up, box: _box, ...rest } = memo;
  return rest;
}

/** It is in this status from now on, and asks nothing. */
export const become = (
  state: AgentState,
  status: AgentState['status'],
  said: Said,
  memo: Memo = {},
): AgentState => ({
  ...state,
  ...said,
  status,
  ready: true,
  approval: null,
  retries: null,
  boxComes: false,
  memo: { ...kept(state), ...memo },
});

/** It has said that its turn is over; how it ended is known when its box is there. */
export const windsUp = (state: AgentState, said: Said, memo: Memo): AgentState => ({
  ...become(state, 'processing', said, memo),
  boxComes: true,
});

/** It asks something, and goes on when that is answered. One that is answered for it waits for nobody. */
export const ask = (state: AgentState, said: Said, approval: Approval, memo: Memo = {}): AgentState => ({
  ...become(state, approval.granted ? 'processing' : 'waiting_user_answer', said, memo),
  approval,
});

/** It says that it is up. Its box may come before or behind that, and keys are dropped until both have come. */
export function saysUp(state: AgentState, said: Said): AgentState {
  if (state.ready) return state;
  return state.memo?.box ? become(state, 'idle', said) : { ...note(state, { up: true }), boxComes: true };
}

/** A tool that ran closes the dialog that asked for it; one that ran beside it (tools run in parallel) does not. */
export function toolRan(state: AgentState, said: Said, tool: string): Step {
  const isOver = state.status === 'idle' || state.status === 'completed' || state.status === 'error';
  if (isOver || (state.approval && state.approval.tool !== tool)) return stay(state);
  return stay(become(state, 'processing', said));
}

export interface TurnEnd {
  /** Raw Markdown; null where signals do not have it. */
  readonly answer?: string | null;
  /** The CLI's own word; null: it went well. */
  readonly error?: string | null;
  readonly background?: boolean;
}

export const turnEnded = (end: TurnEnd): Effect => ({
  kind: 'turn_ended',
  answer: null,
  background: false,
  error: null,
  ...end,
});

/** The turn is over: completed, an error, or idle when it was interrupted. */
export function endTurn(state: AgentState, said: Said, end: TurnEnd, memo: Memo = {}): Step {
  const status = !end.error ? 'completed' : end.error === INTERRUPTED ? 'idle' : 'error';
  return stay(become(state, status, said, memo), [turnEnded(end)]);
}

/** Of a hook as several CLIs send it: whose conversation this is, and where its log lies. */
export const sessionOf = (body: Json): Effect => ({
  kind: 'session',
  nativeId: text(body.session_id),
  logPath: text(body.transcript_path) || null,
});

/** Whose conversation this is: told when it is another one than before (`memo.session`), which begins with `memo`. */
export function inSession(
  state: AgentState,
  nativeId: string,
  logPath: string | null = null,
  memo: Memo = {},
): Step {
  if (nativeId === state.memo?.session) return stay(state);
  return stay(note(state, { ...memo, session: nativeId }), [{ kind: 'session', nativeId, logPath }]);
}
