import type { AgentState, Effect, ScreenReading, Signal, Step } from '../contract.ts';
import { saysInterrupted } from './screen.ts';
import { isInterruption, isOwnPrompt, parseLine, promptOf } from './transcript.ts';

type Body = Readonly<Record<string, unknown>>;

export const initial: AgentState = {
  status: 'starting',
  source: 'none',
  evidence: '',
  ready: false,
  approval: null,
};

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/**
 *   starting ──SessionStart and a box──▶ idle ──UserPromptSubmit──▶ processing ──Stop──▶ completed
 *                                        ▲                 │  │   └─StopFailure─▶ error
 *                              PostToolUse│  PermissionRequest│
 *                                        └── waiting_user_answer
 *
 * No hook tells of Esc and of a "No": the transcript does (`[Request interrupted by user]`), and so does the screen.
 * The screen may end a turn or a wait only after it has shown that very turn or dialog: hooks are ahead of it.
 */
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'hook') return onHook(state, signal.name, signal.body);
  if (signal.source === 'log') return onLine(state, signal.line);
  return signal.source === 'screen' ? onScreen(state, signal.reading) : stay(state);
}

const stay = (state: AgentState, effects: readonly Effect[] = []): Step => ({ state, effects });

/**
 * Of the memo, what outlives a change of status: `prompt`, the beginning of the last prompt that a hook told, and `logged`,
 * that of the last one in the transcript. Dropped are `started` and `box` (before it is ready), `shown` (the screen has
 * shown this status) and `was` (the status below a dialog that no hook told of).
 */
const kept = ({ memo }: AgentState) => ({ prompt: memo?.prompt ?? '', logged: memo?.logged ?? '' });
const KEY_LENGTH = 200;
const keyOf = (prompt: string): string => prompt.slice(0, KEY_LENGTH);

function onHook(state: AgentState, name: string, body: Body): Step {
  const to = (
    status: AgentState['status'],
    effects: readonly Effect[] = [],
    change: Partial<AgentState> = {},
  ): Step => ({
    state: {
      ...state,
      status,
      source: 'hook',
      evidence: name,
      ready: true,
      approval: null,
      memo: kept(state),
      ...change,
    },
    effects,
  });
  const ended = (error: string | null): Effect => ({
    kind: 'turn_ended',
    answer: text(body.last_assistant_message),
    background: Array.isArray(body.background_tasks) && body.background_tasks.length > 0,
    error,
  });
  switch (name) {
    case 'SessionStart': {
      const nativeId = text(body.session_id) ?? '';
      const session: Effect = { kind: 'session', nativeId, logPath: text(body.transcript_path) };
      // A compaction and a resumed session say it too, in the middle of a turn.
      if (state.ready) return stay(state, [session]);
      // Some versions say it before they draw their box, and drop the keys until then.
      if (!state.memo?.box) return stay({ ...state, evidence: name, memo: { started: true } }, [session]);
      return to('idle', [session]);
    }
    case 'UserPromptSubmit': {
      const prompt = text(body.prompt) ?? '';
      const effects: readonly Effect[] = isOwnPrompt(prompt) ? [] : [{ kind: 'accepted', prompt }];
      return to('processing', effects, { memo: { ...kept(state), prompt: keyOf(prompt) } });
    }
    case 'PermissionRequest': {
      const approval = { tool: text(body.tool_name) ?? '', input: body.tool_input ?? null };
      return { ...to('waiting_user_answer', [], { approval }), holds: true };
    }
    case 'PostToolUse':
    case 'PostToolUseFailure':
      return afterTool(state, name, body);
    case 'Stop':
      return to('completed', [ended(null)]);
    case 'StopFailure':
      return to('error', [ended(text(body.error) ?? 'unknown')]);
    default:
      // SubagentStop ends a part of a turn, SessionEnd is told by the pane; what is unknown changes nothing.
      return stay(state);
  }
}

/** A tool that ran closes the dialog that asked for it; one that ran beside it (tools run in parallel) does not. */
function afterTool(state: AgentState, name: string, body: Body): Step {
  if (state.status === 'completed' || state.status === 'error' || state.status === 'idle') return stay(state);
  if (state.approval && state.approval.tool !== text(body.tool_name)) return stay(state);
  return stay({
    ...state,
    status: 'processing',
    source: 'hook',
    evidence: name,
    ready: true,
    approval: null,
    memo: kept(state),
  });
}

/** A line may come late: an interruption is this turn's own when the last prompt before it is. */
function onLine(state: AgentState, line: string): Step {
  const parsed = parseLine(line);
  if (!parsed) return stay(state);
  const prompt = promptOf(parsed);
  if (prompt !== null) return stay({ ...state, memo: { ...state.memo, logged: keyOf(prompt) } });
  const running = state.status === 'processing' || state.status === 'waiting_user_answer';
  const current = state.memo?.logged !== undefined && state.memo.logged === state.memo.prompt;
  if (!running || !current || !isInterruption(parsed)) return stay(state);
  return interrupted(state, 'log', '[Request interrupted by user]');
}

const interrupted = (state: AgentState, source: 'log' | 'screen', evidence: string): Step => ({
  state: { ...state, status: 'idle', source, evidence, approval: null, memo: kept(state) },
  effects: [{ kind: 'turn_ended', answer: null, background: false, error: 'interrupted' }],
});

/** Other versions draw the box first, and drop keys until SessionStart: both must have been seen. */
function onFirstBox(state: AgentState, reading: ScreenReading): Step {
  if (!state.memo?.started) return stay({ ...state, evidence: reading.evidence, memo: { box: true } });
  return stay({ ...state, status: 'idle', source: 'hook', evidence: 'SessionStart', ready: true, memo: {} });
}

function onScreen(state: AgentState, reading: ScreenReading): Step {
  const seen = (status: AgentState['status']): Step =>
    stay({
      ...state,
      status,
      source: 'screen',
      evidence: reading.evidence,
      approval: null,
      memo: kept(state),
    });
  if (state.status === 'starting' || state.status === 'unknown') {
    if (reading.status === 'unknown') return stay(state);
    if (reading.status === 'idle' && state.status === 'starting') return onFirstBox(state, reading);
    const step = seen(reading.status);
    return reading.status === 'waiting_user_answer'
      ? stay({ ...step.state, approval: { tool: '', input: reading.evidence } })
      : step;
  }
  if (reading.status === 'waiting_user_answer') {
    if (state.status === 'waiting_user_answer')
      return stay({ ...state, memo: { ...kept(state), shown: true } });
    // A dialog without a hook: a picker that somebody opened, a question of the CLI itself.
    return stay({
      ...seen('waiting_user_answer').state,
      approval: { tool: '', input: reading.evidence },
      memo: { ...kept(state), shown: true, was: state.status },
    });
  }
  if (state.status === 'waiting_user_answer' && state.memo?.shown) {
    if (reading.status === 'processing') return seen('processing');
    if (reading.status === 'idle' && state.memo.was !== undefined)
      return seen(state.memo.was as AgentState['status']);
    // A "No" that was said by the hook lets the turn go on, and the box is back before the turn is.
    if (reading.status === 'idle')
      return saysInterrupted(reading) ? interrupted(state, 'screen', reading.evidence) : seen('processing');
  }
  if (state.status === 'processing') {
    if (reading.status === 'processing') return stay({ ...state, memo: { ...kept(state), shown: true } });
    if (reading.status === 'idle' && state.memo?.shown && saysInterrupted(reading)) {
      return interrupted(state, 'screen', reading.evidence);
    }
  }
  return stay(state);
}
