import type { AgentState, Approval, ScreenReading, SessionLog, Step } from '../contract.ts';
import { become, initial, type Memo, note, type Said, stay } from './state.ts';
import { triesAgain } from './turn.ts';

/** How much the screen may say of a CLI whose signals are ahead of it. */
export interface ScreenRules {
  /** Its box alone does not make it ready: it also says that it is up (`saysUp`). */
  readonly saysUp?: true;
  /** Where only the signals count, whatever it shows. */
  isSilent?(state: AgentState, reading: ScreenReading): boolean;
  /** A question of the start that is answered for the user: what its evidence has in it, and the key. */
  readonly grants?: { readonly holds: RegExp; readonly key: string };
  /**
   * The box waits while a turn runs, or where the dialog of one stood (`state.status` tells which): what that comes to.
   * Null, as without it: the turn goes on, its end is told by a signal.
   */
  boxInTurn?(state: AgentState, reading: ScreenReading, said: Said): Step | null;
}

export const seen = ({ evidence }: ScreenReading): Said => ({ source: 'screen', evidence });
const dialogOf = ({ evidence }: ScreenReading): Approval => ({ tool: '', input: evidence });

/**
 * What the screen adds to the signals: the box of a start, dialogs that no signal tells of, and that a dialog is gone. It
 * is behind the signals, so a dialog ends by its going only once it was there, and a screen that says nothing changes nothing.
 */
export function onScreen(state: AgentState, reading: ScreenReading, rules: ScreenRules = {}): Step {
  const said = seen(reading);
  if (reading.status === 'unknown' || rules.isSilent?.(state, reading)) return stay(state);
  if (state.approval?.granted) return onGranted(state, reading, rules);
  if (reading.status === 'waiting_user_answer') return stay(onDialog(state, reading, rules));
  switch (state.status) {
    case 'starting':
      if (reading.status !== 'idle') return stay(state);
      if (rules.saysUp && !state.memo?.up) return stay(note(state, { box: true }));
      return stay(become(state, 'idle', said));
    case 'unknown':
      return stay(become(state, reading.status, said));
    case 'waiting_user_answer':
      return state.memo?.shown ? behindDialog(state, reading, rules) : stay(state);
    case 'processing':
      if (reading.status === 'idle') return rules.boxInTurn?.(state, reading, said) ?? stay(state);
      return stay(atWork(state, reading));
    default:
      return stay(state);
  }
}

/** The dialog of a question that is answered for it. */
function onGranted(state: AgentState, reading: ScreenReading, rules: ScreenRules): Step {
  if (!state.memo?.shown)
    return stay(reading.status === 'waiting_user_answer' ? note(state, { shown: true }) : state);
  if (reading.status === 'waiting_user_answer') return stay(state);
  if (state.status === 'starting') return onScreen({ ...state, approval: null }, reading, rules);
  return stay(become(state, 'processing', seen(reading)));
}

function onDialog(state: AgentState, reading: ScreenReading, { grants }: ScreenRules): AgentState {
  const [tool] = (state.status === 'starting' && grants?.holds.exec(reading.evidence)) || [];
  if (tool && grants) {
    const approval = { ...dialogOf(reading), tool, granted: grants.key };
    return note({ ...state, approval }, { shown: true });
  }
  if (state.status === 'waiting_user_answer') return state.memo?.shown ? state : note(state, { shown: true });
  // No signal told of it: a question of the start, of the CLI itself, or a menu that somebody opened.
  const asking = {
    ...state,
    ...seen(reading),
    status: 'waiting_user_answer',
    approval: dialogOf(reading),
  } as const;
  return note(asking, { shown: true, was: state.status });
}

/** The dialog is gone. What was below one that no signal told of is there again. */
function behindDialog(state: AgentState, reading: ScreenReading, rules: ScreenRules): Step {
  const { shown: _, was, ...memo } = state.memo ?? {};
  const below = (was || 'processing') as AgentState['status'];
  if (below === 'starting' || below === 'unknown')
    return onScreen({ ...state, status: below, approval: null, memo }, reading, rules);
  const said = seen(reading);
  if (reading.status === 'processing') return stay(become(state, 'processing', said));
  if (below !== 'processing') return stay(become(state, below, said));
  return rules.boxInTurn?.(state, reading, said) ?? stay(become(state, 'processing', said, { shown: true }));
}

function atWork(state: AgentState, { retries }: ScreenReading): AgentState {
  const shown = state.memo?.shown ? state : note(state, { shown: true });
  return retries === undefined ? shown : triesAgain(shown, retries);
}

/** For CLIs whose signals tell all of a turn: the screen ends only one that it alone has told, as after an absence. */
export const boxEndsItsOwn: ScreenRules = {
  boxInTurn: (state, _, said) => {
    if (state.source !== 'screen') return stay(state);
    return state.status === 'processing' ? stay(become(state, 'idle', said)) : null;
  },
};

/** What the end of a log knows of the last turn. */
export interface LastTurn {
  /** Whether there was one, and it is over. */
  readonly isOver: boolean;
  readonly memo: Memo;
}

export const hadTurn = (log: SessionLog, lines: readonly string[]): boolean =>
  log.lastAnswer(lines) !== null || log.prompts(lines).length > 0;

/** After an absence, by the screen; `log` and the end of it tell whether there was a turn before the box. */
export const foundAt = (
  reading: ScreenReading,
  log: SessionLog | null,
  lines: readonly string[],
): AgentState => foundAfter(reading, log !== null && hadTurn(log, lines));

/** After an absence, by the screen; `isOver`: there was a turn before the box. */
export const foundAfter = (reading: ScreenReading, isOver: boolean): AgentState => ({
  ...initial,
  ...seen(reading),
  status: reading.status === 'idle' && isOver ? 'completed' : reading.status,
  ready: reading.status !== 'unknown',
  approval: reading.status === 'waiting_user_answer' ? dialogOf(reading) : null,
});
