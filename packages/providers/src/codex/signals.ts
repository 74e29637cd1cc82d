import type { AgentState, Effect, ScreenReading, Signal, Step } from '../contract.ts';
import { type Record as LogRecord, parseLine } from './rollout.ts';

type Body = Readonly<Record<string, unknown>>;

export const initial: AgentState = {
  status: 'starting',
  source: 'none',
  evidence: '',
  ready: false,
  approval: null,
};

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const stay = (state: AgentState, effects: readonly Effect[] = []): Step => ({ state, effects });

/**
 *   starting ──box and title──▶ idle ──UserPromptSubmit──▶ processing ──task_complete──▶ completed, error
 *                                       PermissionRequest│  ▲      └─turn_aborted──▶ idle
 *                                     waiting_user_answer┘──┘ the dialog is gone, PostToolUse
 *
 * Hooks begin a turn and tell of questions, the log ends a turn: no hook tells of a failed one. Each names the turn, so
 * that what comes late does not end the next one. No hook comes before the first prompt: the screen says that it is up.
 * The memo: `turn`, the last one that began; `model`; `shown`, the dialog has been seen; `was`, the status below a dialog
 * that no hook told of.
 */
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'hook') return onHook(state, signal.name, signal.body);
  if (signal.source === 'screen') return onScreen(state, signal.reading);
  const record = signal.source === 'log' ? parseLine(signal.line) : null;
  return record ? onRecord(state, record) : stay(state);
}

const kept = ({ memo }: AgentState) => ({ turn: memo?.turn ?? '', model: memo?.model ?? '' });

function to(state: AgentState, status: AgentState['status'], change: Partial<AgentState>): AgentState {
  return { ...state, status, ready: true, approval: null, memo: kept(state), ...change };
}

function onHook(state: AgentState, name: string, body: Body): Step {
  const said = { source: 'hook', evidence: name } as const;
  switch (name) {
    case 'SessionStart': {
      const logPath = text(body.transcript_path) || null;
      return stay(state, [{ kind: 'session', nativeId: text(body.session_id), logPath }]);
    }
    case 'UserPromptSubmit': {
      const memo = { turn: text(body.turn_id), model: text(body.model) || kept(state).model };
      return stay(to(state, 'processing', { ...said, memo }), [
        { kind: 'accepted', prompt: text(body.prompt) },
      ]);
    }
    case 'PermissionRequest': {
      if (hasEnded(state, text(body.turn_id))) return stay(state);
      const approval = { tool: text(body.tool_name), input: body.tool_input ?? null };
      return stay(to(state, 'waiting_user_answer', { ...said, approval }));
    }
    case 'PostToolUse': {
      // One that ran beside the one that is asked about does not close its dialog.
      if (state.status !== 'waiting_user_answer' || state.approval?.tool !== text(body.tool_name))
        return stay(state);
      return stay(to(state, 'processing', said));
    }
    default:
      return stay(state);
  }
}

/** A hook that was late: its turn is over, and the screen has no dialog. */
const hasEnded = ({ status, memo }: AgentState, turn: string): boolean =>
  turn !== '' && turn === memo?.turn && (status === 'idle' || status === 'completed' || status === 'error');

function onRecord(state: AgentState, record: LogRecord): Step {
  const said = { source: 'log' as const, evidence: record.kind };
  switch (record.kind) {
    case 'model':
      return stay({ ...state, memo: { ...state.memo, model: record.model } });
    case 'usage':
      return stay(state, [
        { kind: 'usage', usage: { ...record.usage, model: text(state.memo?.model) || null } },
      ]);
    case 'started':
      if (record.turn === state.memo?.turn) return stay(state);
      return stay(to(state, 'processing', { ...said, memo: { ...kept(state), turn: record.turn } }));
    case 'ended': {
      const { answer, error } = record;
      const ended: Effect = { kind: 'turn_ended', answer, background: false, error };
      const of = state.memo?.turn ?? '';
      if (record.turn !== '' && of !== '' && record.turn !== of) return stay(state, [ended]);
      const status = error === null ? 'completed' : error === 'interrupted' ? 'idle' : 'error';
      return stay(to(state, status, { ...said, evidence: error ?? 'task_complete' }), [ended]);
    }
    default:
      return stay(state);
  }
}

function onScreen(state: AgentState, reading: ScreenReading): Step {
  const { status, evidence } = reading;
  const seen = { source: 'screen' as const, evidence };
  if (status === 'unknown') return stay(state);
  if (status === 'waiting_user_answer') {
    if (state.status === 'waiting_user_answer')
      return stay({ ...state, memo: { ...state.memo, shown: true } });
    // A question without a hook: whether the folder is trusted, a picker that somebody opened.
    const memo = { ...kept(state), shown: true, was: state.status };
    const approval = { tool: '', input: evidence };
    return stay({ ...state, ...seen, status, approval, memo });
  }
  if (state.status === 'starting') return status === 'idle' ? stay(to(state, status, seen)) : stay(state);
  // Found at work by the screen, as after an absence: the screen may say that it is over.
  if (state.status === 'unknown' || (state.source === 'screen' && state.status === 'processing'))
    return status === state.status ? stay(state) : stay(to(state, status, seen));
  // Hooks are ahead of the screen: a dialog ends a wait by its going only after it was there.
  if (state.status === 'waiting_user_answer' && state.memo?.shown) {
    if (status === 'processing') return stay(to(state, 'processing', seen));
    const { was } = state.memo;
    if (was !== undefined)
      return stay(to(state, was === 'starting' ? 'idle' : (was as AgentState['status']), seen));
  }
  return stay(state);
}
