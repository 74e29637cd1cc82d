import { number, text } from '../_shared/json.ts';
import { type Reaction, type Reactions, ran, reducer, sessionBegins, when } from '../_shared/reactions.ts';
import { ask, become, endTurn, inTurn, note, type Said, stay, windsUp } from '../_shared/state.ts';
import { accepted, announced, announcedTool, triesAgain } from '../_shared/turn.ts';
import { usageAt } from '../_shared/usage.ts';
import { type AgentState, INTERRUPTED, type ScreenReading, type Step } from '../contract.ts';
import { CANCELLED } from './screen.ts';
import { errorOf, hasCalls, isCancelled, spoken } from './transcript.ts';

/**
 *   starting ──SessionStart and a box──▶ idle ──BeforeAgent──▶ processing ──AfterAgent, then a box──▶ completed
 *                                                   ▲               │
 *                                            AfterTool│             Notification
 *                                                   └── waiting_user_answer
 *
 * Hooks say when, the transcript says how: AfterAgent also comes after an error and after Esc, and its text is broken when
 * the answer came in parts. It does not come at all after a "No". So a turn ends when the screen is back at its box, which
 * is after the hook and after the lines that tell of it.
 *
 * Of a model that fails neither tells anything, and 0.61 asks it for ever: that it is asked again (BeforeModel) with nothing
 * in between is all there is.
 */

/**
 * The memo of a turn: `after`, its AfterAgent came; `answer`, `error` and `cancelled` of the transcript; `tool` and `args` of the
 * last BeforeTool; `calls`, how many tools run; `tries`, how often the model was asked since it last said something. Beside
 * it stand the sums of usage, and `counted`, the last line that is in them.
 */
const UNTOLD = { answer: '', error: '', cancelled: false };
const NEW_TURN = { after: false, ...UNTOLD, tool: '', args: '', calls: 0, tries: 0 };

/** A file that is written may be large, and the memo is kept with the terminal. Units: characters. */
const MAX_ARGS = 4_000;
/** Asked this often, it was not one bad moment. */
const TELLING_TRIES = 3;

const asksIt: Reaction = (state, said, body) => stay(ask(state, said, announcedTool(state, body.details)));

export const hooks: Reactions = {
  // `/clear` says it too.
  SessionStart: sessionBegins,
  BeforeAgent(state, said, body) {
    // What a person typed meanwhile is sent before the box is idle for a moment.
    const before = state.memo?.after ? turnOver(state, said).effects : [];
    return stay(become(state, 'processing', said, NEW_TURN), [...before, accepted(text(body.prompt))]);
  },
  BeforeTool: (state, _, body) =>
    stay(note(answered(state), { ...announced(body, MAX_ARGS), calls: callsOf(state) + 1 })),
  Notification: when((_, body) => body.notification_type === 'ToolPermission', asksIt),
  AfterTool: (state, ...told) => ran(note(state, { calls: Math.max(0, callsOf(state) - 1) }), ...told),
  AfterAgent: when(inTurn, (state, said) => stay(windsUp(state, said, { after: true }))),
  BeforeModel(state) {
    // While a tool runs, it is a sub-agent that asks its model.
    if (state.status !== 'processing' || callsOf(state) > 0) return stay(state);
    const tries = number(state, 'memo.tries') + 1;
    const why = `its model was asked ${tries} times, and did not answer`;
    return stay(triesAgain(note(state, { tries }), tries < TELLING_TRIES ? null : why));
  },
};

const callsOf = (state: AgentState): number => number(state, 'memo.calls');
const answered = (state: AgentState): AgentState => ({ ...note(state, { tries: 0 }), retries: null });

const lines: Reactions = {
  gemini(state, said, line) {
    const words = spoken(line);
    if (words === null) return stay(state);
    // What went wrong before it (a tool's server that went away) did not end the turn.
    const memo = { answer: hasCalls(line) ? '' : words, error: '' };
    const heard = inTurn(state) ? note(answered(state), memo) : state;
    // A line with calls repeats the one without them.
    return line.tokens ? addUsage(heard, said, line) : stay(heard);
  },
  error: when(inTurn, (state, _, line) => stay(note(state, { error: errorOf(line) || 'unknown' }))),
  info: when(inTurn, (state, _, line) => stay(isCancelled(line) ? note(state, { cancelled: true }) : state)),
};

const addUsage = usageAt({
  id: 'id',
  input: ['tokens.input'],
  output: ['tokens.output', 'tokens.thoughts'],
  cached: ['tokens.cached'],
  model: 'model',
});

function turnOver(state: AgentState, said: Said): Step {
  const { answer, error, cancelled } = state.memo ?? {};
  const why = text(error) || (cancelled ? INTERRUPTED : null);
  return endTurn(state, said, { error: why, answer: why ? null : text(answer) || null }, NEW_TURN);
}

function boxInTurn(state: AgentState, reading: ScreenReading, said: Said): Step | null {
  const { after, shown, answer, error, cancelled } = state.memo ?? {};
  // Where a dialog stood: a "No", of which nothing tells for certain.
  const asked = state.status === 'waiting_user_answer';
  const told = Boolean(answer || error || cancelled);
  if (!asked && !after && !(shown && (told || CANCELLED.test(reading.evidence)))) return null;
  const stopped = !after && (asked || !told);
  return turnOver(stopped ? note(state, { cancelled: true }) : state, said);
}

export const next = reducer({ hooks, lines, saysUp: true, boxInTurn });
