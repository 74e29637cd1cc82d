import type {
  AgentState,
  Approval,
  ApprovalAnswer,
  Effect,
  ScreenReading,
  Signal,
  Step,
} from '../../contract.ts';
import { saysTrouble } from './classic-screen.ts';

type Body = Readonly<Record<string, unknown>>;
type Memo = NonNullable<AgentState['memo']>;

export const initial: AgentState = {
  status: 'starting',
  source: 'none',
  evidence: '',
  ready: false,
  approval: null,
};

const stay = (state: AgentState, effects: readonly Effect[] = []): Step => ({ state, effects });
const str = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 *   starting ──the box is drawn──▶ idle ──userPromptSubmit──▶ processing ──stop, or the screen──▶ completed or error
 *                                                            │        ▲
 *                                        the screen asks ▼        │ postToolUse, or the screen
 *                                                         waiting_user_answer
 *
 * No hook tells of a question, of a break by a key or of an error: the screen does. It may end a turn only when `stop` came
 * (`memo.stopped`), or after it has shown something else than a box that waits (`memo.shown`): hooks are ahead of it.
 * `memo.tool` and `memo.input` are the last tool that was announced, `memo.log` where the session log is.
 */
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'hook') return onHook(state, signal.name, signal.body);
  return signal.source === 'screen' ? onScreen(state, signal.reading) : stay(state);
}

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
    memo: { ...state.memo, ...memo },
  };
}

function onHook(before: AgentState, name: string, body: Body): Step {
  const { state, effects } = withLog(before, body);
  switch (name) {
    case 'userPromptSubmit': {
      const memo = { shown: false, stopped: false, answer: '', tool: '', input: '' };
      const accepted: Effect = { kind: 'accepted', prompt: str(body.prompt) };
      return stay(to(state, 'hook', 'processing', name, memo), [...effects, accepted]);
    }
    case 'preToolUse': {
      const memo = { tool: str(body.tool_name), input: JSON.stringify(body.tool_input ?? null) };
      return stay({ ...state, memo: { ...state.memo, ...memo } }, effects);
    }
    case 'postToolUse':
      return stay(state.approval ? to(state, 'hook', 'processing', name) : state, effects);
    case 'stop':
      return stay(
        { ...state, memo: { ...state.memo, stopped: true, answer: str(body.assistant_response) } },
        effects,
      );
    default:
      return stay(state, effects);
  }
}

/** Where a hook of ours found the newest session log. */
function withLog(state: AgentState, body: Body): Step {
  const [folder, file] = [str(body.cao_sessions), str(body.cao_session)];
  const logPath = `${folder}/${file}`;
  if (!folder || !file || state.memo?.log === logPath) return stay(state);
  const nativeId = file.replace(/\.jsonl$/, '');
  return stay({ ...state, memo: { ...state.memo, log: logPath } }, [{ kind: 'session', nativeId, logPath }]);
}

function onScreen(state: AgentState, reading: ScreenReading): Step {
  const seen = (status: AgentState['status'], memo: Memo = {}) =>
    stay(to(state, 'screen', status, reading.evidence, memo));
  if (reading.status === 'waiting_user_answer') return asks(state, reading);
  if (state.status === 'starting' || state.status === 'unknown')
    return reading.status === 'unknown' ? stay(state) : seen(reading.status);
  if (state.status === 'waiting_user_answer') {
    if (reading.status === 'unknown') return stay(state);
    const was = (state.memo?.was || 'processing') as AgentState['status'];
    // The question is gone and the box waits: its turn is over, whatever the answer was.
    return was === 'processing' && reading.status === 'idle'
      ? ended(state, reading)
      : seen(was, { was: '', shown: true });
  }
  if (state.status !== 'processing') return stay(state);
  if (reading.status !== 'idle' && !state.memo?.stopped)
    return stay({ ...state, memo: { ...state.memo, shown: true } });
  if (reading.status === 'processing' || !(state.memo?.stopped || state.memo?.shown)) return stay(state);
  return ended(state, reading);
}

function asks(state: AgentState, reading: ScreenReading): Step {
  if (state.status === 'waiting_user_answer') return stay(state);
  const { tool = '', input = '' } = state.memo ?? {};
  const approval: Approval = {
    tool: String(tool),
    input: tool ? (JSON.parse(String(input)) as unknown) : reading.evidence,
    nativeId: reading.evidence,
  };
  const was = state.status === 'processing' ? '' : state.status;
  return stay({ ...to(state, 'screen', 'waiting_user_answer', reading.evidence, { was }), approval });
}

function ended(state: AgentState, reading: ScreenReading): Step {
  const error = saysTrouble(reading) ? reading.evidence : null;
  // The log has it exactly; what a screen shows is laid out for reading.
  const answer = str(state.memo?.answer) || (state.memo?.log ? null : (reading.answer ?? null));
  const end: Effect = { kind: 'turn_ended', answer: error ? null : answer, background: false, error };
  return stay(
    to(state, state.memo?.stopped ? 'hook' : 'screen', error ? 'error' : 'completed', reading.evidence, {
      stopped: false,
      shown: false,
    }),
    [end],
  );
}

/** `nativeId` is what the question said: a line that is typed, or a menu in which an entry is chosen. */
export function answerByKey(decision: 'allow' | 'deny', { nativeId = '' }: Approval): ApprovalAnswer {
  if (/\[y\/n(?:\/t)?\]/.test(nativeId))
    return { reply: null, keys: [decision === 'allow' ? 'y' : 'n', 'Enter'] };
  if (decision === 'deny') return { reply: null, keys: ['Escape'] };
  // The question whether all tools are trusted stands on "No, exit".
  return { reply: null, keys: /❯\s*No\b/.test(nativeId) ? ['Down', 'Enter'] : ['Enter'] };
}

export function reconcile(reading: ScreenReading): AgentState {
  const asking = reading.status === 'waiting_user_answer';
  return {
    ...initial,
    status: reading.status,
    source: 'screen',
    evidence: reading.evidence,
    ready: reading.status !== 'unknown',
    approval: asking ? { tool: '', input: reading.evidence, nativeId: reading.evidence } : null,
  };
}
