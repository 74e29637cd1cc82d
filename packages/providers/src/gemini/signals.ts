import type { AgentState, Effect, ScreenReading, Signal, Step } from '../contract.ts';
import { saysCancelled } from './screen.ts';
import { errorOf, isCancelled, parseLine, type Record, spoken } from './transcript.ts';

type Body = Readonly<{ [name: string]: unknown }>;
type Memo = NonNullable<AgentState['memo']>;

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
 *   starting ──SessionStart and a box──▶ idle ──BeforeAgent──▶ processing ──AfterAgent, then a box──▶ completed
 *                                                   ▲               │
 *                                            AfterTool│             Notification
 *                                                   └── waiting_user_answer
 *
 * Hooks say when, the transcript says how: AfterAgent also comes after an error and after Esc, and its text is broken when
 * the answer came in parts. It does not come at all after a "No". So a turn ends when the screen is back at its box, which
 * is after the hook and after the lines that tell of it.
 */
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'hook') return onHook(state, signal.name, signal.body);
  if (signal.source === 'log') return onLine(state, signal.line);
  return signal.source === 'screen' ? onScreen(state, signal.reading) : stay(state);
}

/**
 * Of the memo. For good: `in`, `out`, `cached` (tokens so far) and `counted`, the last line that was counted. For the turn:
 * `after` (its AfterAgent came), `answer`, `error`, `cancelled` (of the transcript), `tool` and `input` (of the last
 * BeforeTool). For the status: `started` and `box` (before it is ready), `shown` (the screen has shown this status), `was`
 * (the status below a dialog that no hook told of).
 */
const lasting = ({ memo = {} }: AgentState): Memo => pick(memo, ['in', 'out', 'cached', 'counted']);
const ofTurn = ({ memo = {} }: AgentState): Memo =>
  pick(memo, ['in', 'out', 'cached', 'counted', 'after', 'answer', 'error', 'cancelled', 'tool', 'input']);
const pick = (memo: Memo, names: readonly string[]): Memo =>
  Object.fromEntries(names.flatMap((name) => (memo[name] === undefined ? [] : [[name, memo[name]]])));

const to = (
  state: AgentState,
  status: AgentState['status'],
  source: AgentState['source'],
  evidence: string,
  change: Partial<AgentState> = {},
): AgentState => ({
  ...state,
  ready: true,
  approval: null,
  memo: ofTurn(state),
  ...change,
  status,
  source,
  evidence,
});

function onHook(state: AgentState, name: string, body: Body): Step {
  switch (name) {
    case 'SessionStart': {
      const logPath = text(body.transcript_path) || null;
      const session: Effect = { kind: 'session', nativeId: text(body.session_id), logPath };
      // `/clear` says it too.
      if (state.ready) return stay(state, [session]);
      // It comes before the box is drawn, in some starts behind it.
      if (!state.memo?.box) return stay({ ...state, evidence: name, memo: { started: true } }, [session]);
      return stay(to(state, 'idle', 'hook', name, { memo: {} }), [session]);
    }
    case 'BeforeAgent': {
      // What a person typed meanwhile is sent before the box is idle for a moment.
      const before = state.memo?.after ? turnEnd(state, 'hook', name) : stay(state);
      const accepted: Effect = { kind: 'accepted', prompt: text(body.prompt) };
      return stay(to(state, 'processing', 'hook', name, { memo: lasting(state) }), [
        ...before.effects,
        accepted,
      ]);
    }
    case 'BeforeTool': {
      const input = JSON.stringify(body.tool_input ?? null);
      const memo = {
        ...state.memo,
        tool: text(body.tool_name),
        input: input.length > MAX_INPUT ? '' : input,
      };
      return stay({ ...state, memo });
    }
    case 'Notification': {
      if (body.notification_type !== 'ToolPermission') return stay(state);
      const approval = { tool: text(state.memo?.tool), input: inputOf(state, body.details) };
      return stay(to(state, 'waiting_user_answer', 'hook', name, { approval }));
    }
    case 'AfterTool':
      return afterTool(state, name, text(body.tool_name));
    case 'AfterAgent':
      if (state.status !== 'processing' && state.status !== 'waiting_user_answer') return stay(state);
      return stay({ ...to(state, 'processing', 'hook', name), memo: { ...ofTurn(state), after: true } });
    default:
      return stay(state);
  }
}

/** A file that is written may be large, and the memo is kept with the terminal. Units: characters. */
const MAX_INPUT = 4_000;

function inputOf({ memo }: AgentState, details: unknown): unknown {
  return memo?.input ? (JSON.parse(text(memo.input)) as unknown) : (details ?? null);
}

/** A tool that ran closes the dialog that asked for it; one that ran beside it does not. */
function afterTool(state: AgentState, name: string, tool: string): Step {
  if (state.status !== 'processing' && state.status !== 'waiting_user_answer') return stay(state);
  if (state.approval && state.approval.tool !== tool) return stay(state);
  return stay(to(state, 'processing', 'hook', name));
}

function onLine(state: AgentState, text: string): Step {
  const line = parseLine(text);
  if (!line) return stay(state);
  const counted = count(state, line);
  const running = state.status === 'processing' || state.status === 'waiting_user_answer';
  const said = spoken(line);
  const error = errorOf(line);
  const told: Memo | null = !running
    ? null
    : said !== null
      ? { answer: line.toolCalls ? '' : said }
      : error !== null
        ? { error }
        : isCancelled(line)
          ? { cancelled: true }
          : null;
  if (!told) return counted;
  return stay({ ...counted.state, memo: { ...counted.state.memo, ...told } }, counted.effects);
}

/** Each answer of the model has its tokens; a line with calls repeats the one without them. */
function count(state: AgentState, { id, tokens, model, content }: Record): Step {
  const { memo } = state;
  if (!tokens || !id || typeof content !== 'string' || memo?.counted === id) return stay(state);
  const sum = (name: string, more: number | undefined) => Number(memo?.[name] ?? 0) + (more ?? 0);
  const total = {
    in: sum('in', tokens.input),
    out: sum('out', (tokens.output ?? 0) + (tokens.thoughts ?? 0)),
    cached: sum('cached', tokens.cached),
  };
  const usage = {
    input_tokens: total.in,
    output_tokens: total.out,
    cached_tokens: total.cached,
    cost_usd: null,
    model: model ?? null,
  };
  return stay({ ...state, memo: { ...memo, ...total, counted: id } }, [{ kind: 'usage', usage }]);
}

/** How it ended is in the transcript. */
function turnEnd(state: AgentState, source: 'hook' | 'screen', evidence: string): Step {
  const { answer, error, cancelled } = state.memo ?? {};
  const ended = (told: { answer?: string | null; error?: string | null }): readonly Effect[] => [
    { kind: 'turn_ended', answer: null, background: false, error: null, ...told },
  ];
  const end = (status: AgentState['status']) => to(state, status, source, evidence, { memo: lasting(state) });
  if (error !== undefined) return stay(end('error'), ended({ error: text(error) }));
  if (cancelled) return stay(end('idle'), ended({ error: 'interrupted' }));
  return stay(end('completed'), ended({ answer: text(answer) || null }));
}

function onScreen(state: AgentState, reading: ScreenReading): Step {
  const { status, memo = {} } = state;
  const seen = (now: AgentState['status'], change: Partial<AgentState> = {}) =>
    stay(to(state, now, 'screen', reading.evidence, { ready: state.ready, ...change }));
  const asked = { approval: { tool: '', input: reading.evidence } };
  if (reading.status === 'unknown') return stay(state);
  if (status === 'starting' && reading.status === 'idle') {
    if (memo.started) return stay(to(state, 'idle', 'hook', 'SessionStart', { memo: {} }));
    return stay({ ...state, evidence: reading.evidence, memo: { box: true } });
  }
  if (status === 'starting') {
    return reading.status === 'waiting_user_answer'
      ? seen('waiting_user_answer', { ...asked, memo: { ...memo, shown: true, was: 'starting' } })
      : stay(state);
  }
  if (status === 'unknown')
    return seen(reading.status, reading.status === 'waiting_user_answer' ? asked : {});

  const shown = () => stay({ ...state, memo: { ...memo, shown: true } });
  if (reading.status === 'waiting_user_answer') {
    if (status === 'waiting_user_answer') return shown();
    return seen(reading.status, { ...asked, memo: { ...ofTurn(state), shown: true, was: status } });
  }
  if (status === 'waiting_user_answer' && memo.shown) {
    if (memo.was !== undefined && memo.was !== 'processing') {
      const back = {
        ...ofTurn(state),
        ...(memo.was === 'starting' ? { started: memo.started ?? false } : {}),
      };
      return seen(memo.was as AgentState['status'], { memo: back });
    }
    if (reading.status === 'processing') return seen('processing');
    // A "No": nothing but the screen and the transcript tells.
    const no = { ...state, memo: { ...memo, cancelled: memo.cancelled ?? !memo.after } };
    return turnEnd(no, 'screen', reading.evidence);
  }
  if (status === 'processing') {
    if (reading.status === 'processing') return memo.shown ? stay(state) : shown();
    const told = memo.error !== undefined || memo.cancelled || Boolean(memo.answer);
    const over = memo.after || (memo.shown && (told || saysCancelled(reading)));
    if (over) {
      const cancelled = memo.cancelled ?? (!memo.after && !told);
      return turnEnd({ ...state, memo: { ...memo, cancelled } }, 'screen', reading.evidence);
    }
  }
  return stay(state);
}
