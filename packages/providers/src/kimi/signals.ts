import type { AgentState, Effect, ScreenReading, Signal, Step } from '../contract.ts';
import { wirePath } from './home.ts';
import { type Line, parseLine, textOf } from './wire.ts';

type Body = Readonly<Record<string, unknown>>;
type Memo = NonNullable<AgentState['memo']>;

export const initial: AgentState = {
  status: 'starting',
  source: 'none',
  evidence: '',
  ready: false,
  approval: null,
};

/** Asked about in every mode but `--yolo` and `--auto`; no setting of 2.1.0 allows them beforehand. */
const OUR_TOOLS = 'mcp__cao-mcp-server__';

const str = (value: unknown): string => (typeof value === 'string' ? value : '');

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
 * `memo.session` is the conversation, `turn` the turn that runs (from 0), `ended` the last one whose end was told,
 * `stopped` the hook that said so, `call` the tool call that is asked about, `shown` that the screen showed the question,
 * `was` the status below a dialog that no hook told of; the rest adds up what was used.
 */
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'hook') return onHook(state, signal.name, signal.body);
  if (signal.source === 'log') return onLine(state, parseLine(signal.line) ?? {});
  return signal.source === 'screen' ? onScreen(state, signal.reading) : stay(state);
}

const stay = (state: AgentState, effects: readonly Effect[] = []): Step => ({ state, effects });
const turnOf = (memo: Memo | undefined): number => Number(memo?.turn ?? -1);
const endedOf = (memo: Memo | undefined): number => Number(memo?.ended ?? -1);

function to(
  state: AgentState,
  source: AgentState['source'],
  status: AgentState['status'],
  evidence: string,
  memo: Memo = {},
): AgentState {
  return {
    ...state,
    ...{ status, source, evidence, ready: true, approval: null },
    memo: { ...state.memo, shown: false, was: '', ...memo },
  };
}

function onHook(before: AgentState, name: string, body: Body): Step {
  const { state, effects } = withSession(before, body);
  const go = (status: AgentState['status'], memo: Memo = {}, more: readonly Effect[] = []): Step =>
    stay(to(state, 'hook', status, name, memo), [...effects, ...more]);
  switch (name) {
    case 'UserPromptSubmit':
      // A message that is put into a running turn begins none.
      if (body.is_steer === true) return stay(state, [...effects, accepted(body)]);
      return go('processing', { stopped: '' }, [accepted(body)]);
    case 'TurnStarted': {
      // A sub-agent's turns are counted from 0 too.
      if (body.origin_name === 'subagent') return stay(state, effects);
      const begun = turnBegan(state, 'hook', name, Number(body.turn_id ?? 0));
      return stay(begun, effects);
    }
    case 'PermissionRequest': {
      const asked = go('waiting_user_answer', { call: str(body.tool_call_id) });
      const tool = str(body.tool_name);
      const granted = tool.startsWith(OUR_TOOLS) ? { granted: true as const } : {};
      return {
        ...asked,
        state: { ...asked.state, approval: { tool, input: body.tool_input ?? null, ...granted } },
      };
    }
    case 'PermissionResult':
      return state.approval && state.memo?.call === str(body.tool_call_id)
        ? go('processing')
        : stay(state, effects);
    case 'Stop':
    case 'StopFailure':
    case 'Interrupt':
      return stay({ ...state, memo: { ...state.memo, stopped: name } }, effects);
    default:
      return stay(state, effects);
  }
}

/** May come late: behind the end of the very turn, or behind a question that it asks. */
function turnBegan(state: AgentState, source: 'hook' | 'log', evidence: string, turn: number): AgentState {
  if (turn <= endedOf(state.memo) || turn <= turnOf(state.memo)) return state;
  const memo = { turn, stopped: '' };
  return state.approval
    ? { ...state, memo: { ...state.memo, ...memo } }
    : to(state, source, 'processing', evidence, memo);
}

const accepted = (body: Body): Effect => ({ kind: 'accepted', prompt: textOf(body.prompt) });

/** Every hook says whose it is: after `/new`, or when the first ones were lost, this is how the log is found. */
function withSession(state: AgentState, body: Body): Step {
  const session = str(body.session_id);
  const home = str(body.kimi_home);
  // The end of a session is told after the beginning of the one that follows it.
  if (!session || !home || session === state.memo?.session || body.hook_event_name === 'SessionEnd')
    return stay(state);
  const logPath = wirePath(home, str(body.cwd), session);
  return stay({ ...state, memo: { ...state.memo, session, turn: -1, ended: -1 } }, [
    { kind: 'session', nativeId: session, logPath },
  ]);
}

const outcomes = { completed: 'completed', failed: 'error', cancelled: 'idle' } as const;
const byHook = { Stop: 'completed', StopFailure: 'failed', Interrupt: 'cancelled' } as const;
type Outcome = keyof typeof outcomes;

function ended(state: AgentState, outcome: Outcome, turn: number, words: string): Step {
  const error = outcome === 'completed' ? null : outcome === 'failed' ? words || 'failed' : 'interrupted';
  const end: Effect = { kind: 'turn_ended', answer: null, background: false, error };
  const memo = { turn, ended: turn, stopped: '' };
  return stay(to(state, state.source, outcomes[outcome], state.evidence, memo), [
    ...usageOf(state.memo),
    end,
  ]);
}

function onLine(state: AgentState, line: Line): Step {
  const { turnId = -1 } = line;
  if (line.type === 'usage.record') return stay({ ...state, memo: { ...state.memo, ...added(state, line) } });
  if (line.type === 'turn.prompt') return stay(turnBegan(state, 'log', line.type, turnId));
  if (line.type !== 'turn.ended' || turnId <= endedOf(state.memo)) return stay(state);
  const outcome: Outcome =
    line.reason === 'completed' || line.reason === 'failed' ? line.reason : 'cancelled';
  const words = [line.error?.code, line.error?.message].filter(Boolean).join(': ');
  return ended({ ...state, source: 'log', evidence: `turn.ended: ${line.reason}` }, outcome, turnId, words);
}

/** `inputOther` is what was not in the cache. */
function added({ memo }: AgentState, { usage = {}, model = '' }: Line): Memo {
  const more = (name: string, value = 0) => ({ [name]: Number(memo?.[name] ?? 0) + value });
  const cached = (usage.inputCacheRead ?? 0) + (usage.inputCacheCreation ?? 0);
  return {
    ...more('input', (usage.inputOther ?? 0) + cached),
    ...more('output', usage.output),
    ...more('cached', usage.inputCacheRead),
    model,
  };
}

function usageOf(memo: Memo | undefined): readonly Effect[] {
  if (memo?.input === undefined) return [];
  const usage = {
    input_tokens: Number(memo.input),
    output_tokens: Number(memo.output),
    cached_tokens: Number(memo.cached),
    cost_usd: null,
    model: String(memo.model),
  };
  return [{ kind: 'usage', usage }];
}

function onScreen(state: AgentState, reading: ScreenReading): Step {
  const seen = (status: AgentState['status'], memo: Memo = {}): AgentState =>
    to(state, 'screen', status, reading.evidence, memo);
  const asking = (memo: Memo): Step =>
    stay({ ...seen('waiting_user_answer', memo), approval: { tool: '', input: reading.evidence } });

  if (reading.status === 'unknown') return stay(state);
  if (reading.status === 'waiting_user_answer') {
    if (state.status === 'waiting_user_answer')
      return stay({ ...state, memo: { ...state.memo, shown: true } });
    // A dialog without a hook: a question of the agent, or a menu that somebody opened.
    return asking({ shown: true, was: state.status });
  }
  if (state.status === 'starting' || state.status === 'unknown') return stay(seen(reading.status));
  if (state.status === 'waiting_user_answer' && state.memo?.shown) {
    const was = (state.memo.was || 'processing') as AgentState['status'];
    return stay(seen(was === 'starting' ? reading.status : was));
  }
  // Its log is lost, or was never found: the turn whose end a hook told is over when the box waits.
  const stopped = String(state.memo?.stopped ?? '');
  if (state.status === 'processing' && stopped in byHook && reading.status === 'idle') {
    const outcome = byHook[stopped as keyof typeof byHook];
    return ended(
      { ...state, source: 'screen', evidence: reading.evidence },
      outcome,
      turnOf(state.memo),
      reading.evidence,
    );
  }
  return stay(state);
}
