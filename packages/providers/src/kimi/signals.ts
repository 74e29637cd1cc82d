import { type Json, number, parseLine, text } from '../_shared/json.ts';
import { onScreen, type ScreenRules, seen } from '../_shared/on-screen.ts';
import { ask, become, endTurn, note, type Said, stay } from '../_shared/state.ts';
import { addUsage } from '../_shared/usage.ts';
import { type AgentState, type Effect, INTERRUPTED, type Signal, type Step } from '../contract.ts';
import { wirePath } from './home.ts';
import { textOf } from './wire.ts';

/** Asked about in every mode but `--yolo` and `--auto`; no setting of 2.1.0 allows them beforehand. */
const OUR_TOOLS = 'mcp__cao-mcp-server__';

/**
 *   starting ──the box is drawn──▶ idle ──UserPromptSubmit──▶ processing ──turn.ended in the log──▶ completed, error, idle
 *                                                            │        ▲
 *                                          PermissionRequest ▼        │ PermissionResult
 *                                                         waiting_user_answer
 *
 * The session begins with the first message, and no hook tells that the box is there. Stop comes before the log has the
 * end of its turn, and without the answer; hooks that nobody waits for may overtake each other. So the log ends a turn,
 * and a hook (Stop, StopFailure, Interrupt) only allows the screen to, should the log be lost.
 *
 * The memo: `session` is the conversation, `turn` the turn that runs (from 0), `ended` the last one whose end was told,
 * `stopped` the hook that said so, `call` the tool call that is asked about; the rest adds up what was used.
 */
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'hook') return onHook(state, signal.name, signal.body);
  if (signal.source === 'screen') return onScreen(state, signal.reading, rules);
  const line = signal.source === 'log' ? parseLine(signal.line) : null;
  return line ? onLine(state, line) : stay(state);
}

const NONE = -1;
const turnOf = ({ memo }: AgentState): number => Number(memo?.turn ?? NONE);
const endedOf = ({ memo }: AgentState): number => Number(memo?.ended ?? NONE);

/** What each of these hooks says of its turn, as `turn.ended` would. */
const outcomes: Readonly<Record<string, string>> = {
  Stop: 'completed',
  StopFailure: 'failed',
  Interrupt: 'cancelled',
};

const rules: ScreenRules = {
  boxInTurn(state, reading) {
    const outcome = outcomes[text(state.memo?.stopped)];
    // Without its number, the log would tell the end of the same turn again.
    const isKnown = turnOf(state) > endedOf(state);
    if (outcome === undefined || !isKnown || state.status !== 'processing') return null;
    return turnOver(state, seen(reading), turnOf(state), outcome, reading.evidence);
  },
};

function onHook(before: AgentState, name: string, body: Json): Step {
  const { state, effects } = withSession(before, body);
  const said = { source: 'hook', evidence: name } as const;
  switch (name) {
    case 'UserPromptSubmit': {
      const accepted = [...effects, { kind: 'accepted', prompt: textOf(body.prompt) } as const];
      // A message that is put into a running turn begins none.
      if (body.is_steer === true) return stay(state, accepted);
      return stay(become(state, 'processing', said, { stopped: '' }), accepted);
    }
    case 'TurnStarted':
      // A sub-agent's turns are counted from 0 too.
      if (body.origin_name === 'subagent') return stay(state, effects);
      return stay(turnBegan(state, said, number(body, 'turn_id')), effects);
    case 'PermissionRequest': {
      const tool = text(body.tool_name);
      const granted = tool.startsWith(OUR_TOOLS) ? { granted: true as const } : {};
      const approval = { tool, input: body.tool_input ?? null, ...granted };
      return stay(ask(state, said, approval, { call: text(body.tool_call_id) }), effects);
    }
    case 'PermissionResult': {
      const isAnswered = state.approval && state.memo?.call === text(body.tool_call_id);
      return stay(isAnswered ? become(state, 'processing', said) : state, effects);
    }
    case 'Stop':
    case 'StopFailure':
    case 'Interrupt':
      return stay(note(state, { stopped: name }), effects);
    default:
      return stay(state, effects);
  }
}

/** Every hook says whose it is: after `/new`, or when the first ones were lost, this is how the log is found. */
function withSession(state: AgentState, body: Json): Step {
  const session = text(body.session_id);
  const home = text(body.kimi_home);
  // The end of a session is told after the beginning of the one that follows it.
  if (!session || !home || session === state.memo?.session || body.hook_event_name === 'SessionEnd')
    return stay(state);
  const logPath = wirePath(home, text(body.cwd), session);
  const found: Effect = { kind: 'session', nativeId: session, logPath };
  return stay(note(state, { session, turn: NONE, ended: NONE }), [found]);
}

/** May come late: behind the end of the very turn, or behind a question that it asks. */
function turnBegan(state: AgentState, said: Said, turn: number): AgentState {
  if (turn <= endedOf(state) || turn <= turnOf(state)) return state;
  const memo = { turn, stopped: '' };
  return state.approval ? note(state, memo) : become(state, 'processing', said, memo);
}

function onLine(state: AgentState, line: Json): Step {
  const turn = Number(line.turnId ?? NONE);
  const said = { source: 'log', evidence: text(line.type) } as const;
  if (line.type === 'usage.record') return addUsage(state, spent(line));
  if (line.type === 'turn.prompt') return stay(turnBegan(state, said, turn));
  if (line.type !== 'turn.ended' || turn <= endedOf(state)) return stay(state);
  const words = [text(line, 'error.code'), text(line, 'error.message')].filter(Boolean).join(': ');
  return turnOver(state, said, turn, text(line.reason), words);
}

function turnOver(state: AgentState, said: Said, turn: number, outcome: string, words: string): Step {
  const error = outcome === 'completed' ? null : outcome === 'failed' ? words || 'failed' : INTERRUPTED;
  return endTurn(state, said, { error }, { turn, ended: turn, stopped: '' });
}

/** `inputOther` is what was not in the cache. */
function spent(line: Json) {
  const cached = number(line, 'usage.inputCacheRead');
  return {
    input: number(line, 'usage.inputOther') + cached + number(line, 'usage.inputCacheCreation'),
    output: number(line, 'usage.output'),
    cached,
    model: text(line.model),
  };
}
