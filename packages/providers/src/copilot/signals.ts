import type { AgentState, Effect, ScreenReading, Signal, Step } from '../contract.ts';
import { answerOf, type Event, parseLine, promptOf } from './events.ts';

export const initial: AgentState = {
  status: 'starting',
  source: 'none',
  evidence: '',
  ready: false,
  approval: null,
};

const stay = (state: AgentState, effects: readonly Effect[] = []): Step => ({ state, effects });

/**
 *   starting ──the box──▶ idle ──user.message──▶ processing ──assistant.message without tools──▶ completed
 *                           ▲  permission.requested│  ▲     ├──session.error──▶ error
 *                           └── waiting_user_answer┘──┘     └──abort──▶ idle
 *
 * The log says it all, in order; the screen says that it is up, and shows the dialogs that the log is silent about.
 * The memo: what was used so far, `request` of the open approval, and `was`, the status below a dialog of the screen.
 */
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'screen') return onScreen(state, signal.reading);
  const event = signal.source === 'log' ? parseLine(signal.line) : null;
  return event ? onEvent(state, event) : stay(state);
}

const used = ({ memo }: AgentState) => ({
  input: Number(memo?.input ?? 0),
  output: Number(memo?.output ?? 0),
  cached: Number(memo?.cached ?? 0),
});

function to(state: AgentState, status: AgentState['status'], change: Partial<AgentState>): AgentState {
  return { ...state, status, ready: true, approval: null, memo: used(state), ...change };
}

function onEvent(state: AgentState, event: Event): Step {
  const { type, data } = event;
  const said = { source: 'log', evidence: type } as const;
  const running = state.status === 'processing' || state.status === 'waiting_user_answer';
  const ended = (answer: string | null, error: string | null): readonly Effect[] => [
    { kind: 'turn_ended', answer, background: false, error },
  ];
  switch (type) {
    case 'user.message': {
      const prompt = promptOf(event);
      return prompt === null
        ? stay(state)
        : stay(to(state, 'processing', said), [{ kind: 'accepted', prompt }]);
    }
    // Also after an answer: a message that was typed meanwhile, or a hook of the user's that sends it back to work.
    case 'assistant.turn_start':
      return running ? stay(state) : stay(to(state, 'processing', said));
    case 'assistant.message': {
      const answer = answerOf(event);
      return answer === null ? stay(state) : stay(to(state, 'completed', said), ended(answer, null));
    }
    case 'permission.requested': {
      const { kind, toolName, toolCallId: _, ...input } = data.permissionRequest ?? {};
      const approval = { tool: String(toolName ?? kind ?? ''), input };
      const memo = { ...used(state), request: data.requestId ?? '' };
      return stay(to(state, 'waiting_user_answer', { ...said, approval, memo }));
    }
    case 'permission.completed':
      // Tools run in parallel: one that was allowed by a rule does not close the dialog of another.
      if (state.status !== 'waiting_user_answer' || state.memo?.request !== (data.requestId ?? ''))
        return stay(state);
      return stay(to(state, 'processing', said));
    case 'session.error':
      if (!running) return stay(state);
      return stay(to(state, 'error', said), ended(null, data.message ?? 'unknown'));
    case 'abort':
      return running ? stay(to(state, 'idle', said), ended(null, 'interrupted')) : stay(state);
    case 'session.usage_record':
      return onUsage(state, data.usage ?? {});
    default:
      return stay(state);
  }
}

/** Told per request: summed up here. Its `cost` is in premium requests, not in money. */
function onUsage(state: AgentState, record: Readonly<Record<string, unknown>>): Step {
  const count = (name: string) => (typeof record[name] === 'number' ? record[name] : 0);
  const before = used(state);
  const sum = {
    input: before.input + count('inputTokens'),
    output: before.output + count('outputTokens'),
    cached: before.cached + count('cacheReadTokens'),
  };
  const usage = {
    input_tokens: sum.input,
    output_tokens: sum.output,
    cached_tokens: sum.cached,
    cost_usd: null,
    model: typeof record.model === 'string' ? record.model : null,
  };
  return stay({ ...state, memo: { ...state.memo, ...sum } }, [{ kind: 'usage', usage }]);
}

function onScreen(state: AgentState, reading: ScreenReading): Step {
  const { status, evidence } = reading;
  const seen = { source: 'screen' as const, evidence };
  if (status === 'unknown') return stay(state);
  if (status === 'waiting_user_answer') {
    // While the log says that it works, it says what is asked, too: a frame of a dialog that was just answered is late.
    if (state.status === 'waiting_user_answer' || (state.status === 'processing' && state.source === 'log'))
      return stay(state);
    const approval = { tool: '', input: evidence };
    return stay({ ...state, ...seen, status, approval, memo: { ...state.memo, was: state.status } });
  }
  if (state.status === 'starting') return status === 'idle' ? stay(to(state, status, seen)) : stay(state);
  // What the screen alone has said, the screen may take back: a dialog, work that was found after an absence.
  if (state.source !== 'screen' || state.status === status) return stay(state);
  const { was } = state.memo ?? {};
  if (state.status === 'waiting_user_answer' && was !== undefined && was !== 'starting')
    return stay(to(state, was as AgentState['status'], seen));
  return state.status === 'idle' || state.status === 'completed'
    ? stay(state)
    : stay(to(state, status, seen));
}
