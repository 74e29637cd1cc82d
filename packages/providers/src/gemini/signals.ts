import { type Json, number, parseLine, text } from '../_shared/json.ts';
import { onScreen, type ScreenRules, seen } from '../_shared/on-screen.ts';
import {
  ask,
  become,
  endTurn,
  inTurn,
  note,
  type Said,
  saysUp,
  sessionOf,
  stay,
  toolRan,
  windsUp,
} from '../_shared/state.ts';
import { addUsage } from '../_shared/usage.ts';
import { type AgentState, INTERRUPTED, type Signal, type Step } from '../contract.ts';
import { saysCancelled } from './screen.ts';
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
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'hook') return onHook(state, signal.name, signal.body);
  if (signal.source === 'log') return onLine(state, signal.line);
  return signal.source === 'screen' ? onScreen(state, signal.reading, rules) : stay(state);
}

/**
 * The memo of a turn: `after`, its AfterAgent came; `answer`, `error` and `cancelled` of the transcript; `tool` and `args` of the
 * last BeforeTool; `calls`, how many tools run; `tries`, how often the model was asked since it last said something. Beside
 * it stand the sums of usage, and `counted`, the last line that is in them.
 */
const NEW_TURN = {
  after: false,
  answer: '',
  error: '',
  cancelled: false,
  tool: '',
  args: '',
  calls: 0,
  tries: 0,
};

/** A file that is written may be large, and the memo is kept with the terminal. Units: characters. */
const MAX_ARGS = 4_000;
/** Asked this often, it was not one bad moment. */
const TELLING_TRIES = 3;

const rules: ScreenRules = {
  saysUp: true,
  boxInTurn(state, reading) {
    const { after, shown, answer, error, cancelled } = state.memo ?? {};
    // Where a dialog stood: a "No", of which nothing tells for certain.
    const asked = state.status === 'waiting_user_answer';
    const told = Boolean(answer || error || cancelled);
    if (!asked && !after && !(shown && (told || saysCancelled(reading)))) return null;
    const stopped = !after && (asked || !told);
    return turnOver(stopped ? note(state, { cancelled: true }) : state, seen(reading));
  },
};

function turnOver(state: AgentState, said: Said): Step {
  const { answer, error, cancelled } = state.memo ?? {};
  const end = error
    ? { error: text(error) }
    : cancelled
      ? { error: INTERRUPTED }
      : { answer: text(answer) || null };
  return endTurn(state, said, end, NEW_TURN);
}

function onHook(state: AgentState, name: string, body: Json): Step {
  const said = { source: 'hook', evidence: name } as const;
  const calls = Number(state.memo?.calls ?? 0);
  switch (name) {
    // `/clear` says it too.
    case 'SessionStart':
      return stay(saysUp(state, said), [sessionOf(body)]);
    case 'BeforeAgent': {
      // What a person typed meanwhile is sent before the box is idle for a moment.
      const before = state.memo?.after ? turnOver(state, said) : stay(state);
      const accepted = { kind: 'accepted', prompt: text(body.prompt) } as const;
      return stay(become(state, 'processing', said, NEW_TURN), [...before.effects, accepted]);
    }
    case 'BeforeModel':
      return stay(asksModel(state));
    case 'BeforeTool': {
      const args = JSON.stringify(body.tool_input ?? null);
      const kept = args.length > MAX_ARGS ? '' : args;
      return stay(note(answered(state), { tool: text(body.tool_name), args: kept, calls: calls + 1 }));
    }
    case 'Notification': {
      if (body.notification_type !== 'ToolPermission') return stay(state);
      const { tool, args } = state.memo ?? {};
      const input = args ? (JSON.parse(text(args)) as unknown) : (body.details ?? null);
      return stay(ask(state, said, { tool: text(tool), input }));
    }
    case 'AfterTool':
      return toolRan(note(state, { calls: Math.max(0, calls - 1) }), said, text(body.tool_name));
    case 'AfterAgent':
      return stay(inTurn(state) ? windsUp(state, said, { after: true }) : state);
    default:
      return stay(state);
  }
}

/** While a tool runs, it is a sub-agent that asks its model. */
function asksModel(state: AgentState): AgentState {
  if (state.status !== 'processing' || Number(state.memo?.calls ?? 0) > 0) return state;
  const tries = Number(state.memo?.tries ?? 0) + 1;
  const asked = note(state, { tries });
  if (tries < TELLING_TRIES) return asked;
  return { ...asked, retries: `its model was asked ${tries} times, and did not answer` };
}

const answered = (state: AgentState): AgentState => ({ ...note(state, { tries: 0 }), retries: null });

function onLine(state: AgentState, text: string): Step {
  const line = parseLine(text);
  if (!line) return stay(state);
  const counted = count(state, line);
  if (!inTurn(state)) return counted;
  const words = spoken(line);
  const error = errorOf(line);
  // What went wrong before it (a tool's server that went away) did not end the turn.
  if (words !== null) {
    const answer = hasCalls(line) ? '' : words;
    return stay(note(answered(counted.state), { answer, error: '' }), counted.effects);
  }
  if (error !== null) return stay(note(state, { error: error || 'unknown' }));
  return isCancelled(line) ? stay(note(state, { cancelled: true })) : counted;
}

/** Each answer of the model has its tokens; a line with calls repeats the one without them. */
function count(state: AgentState, line: Json): Step {
  const id = text(line, 'id');
  if (!line.tokens || !id || spoken(line) === null || state.memo?.counted === id) return stay(state);
  return addUsage(note(state, { counted: id }), {
    input: number(line, 'tokens.input'),
    output: number(line, 'tokens.output') + number(line, 'tokens.thoughts'),
    cached: number(line, 'tokens.cached'),
    model: text(line, 'model'),
  });
}
