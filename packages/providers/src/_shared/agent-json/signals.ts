import type { AgentState, Approval, ApprovalAnswer, ScreenReading, Step } from '../../contract.ts';
import { byKeys } from '../answer.ts';
import { type Json, text } from '../json.ts';
import { foundAt, seen } from '../on-screen.ts';
import { goesOn, nothing, type Reactions, reducer } from '../reactions.ts';
import { ask, become, endTurn, type Memo, note, stay } from '../state.ts';
import { accepted, announced, announcedTool } from '../turn.ts';
import { saysTrouble } from './classic-screen.ts';

/**
 *   starting ──the box is drawn──▶ idle ──userPromptSubmit──▶ processing ──stop, or the screen──▶ completed or error
 *                                                            │        ▲
 *                                        the screen asks ▼        │ postToolUse, or the screen
 *                                                         waiting_user_answer
 *
 * No hook tells of a question, of a break by a key or of an error: the screen does. It may end a turn only when `stop` came
 * (`memo.stopped`), or after it has shown something else than a box that waits (`memo.shown`): hooks are ahead of it.
 * `memo.tool` and `memo.args` are the last tool that was announced, `memo.log` where the session log is.
 */

/** All hooks that the documentation names. */
export const hooks: Reactions = {
  agentSpawn: nothing,
  userPromptSubmit(state, said, body) {
    const memo = { shown: false, stopped: false, answer: '', tool: '', args: '' };
    return stay(become(state, 'processing', said, memo), [accepted(text(body.prompt))]);
  },
  preToolUse: (state, _, body) => stay(note(state, announced(body))),
  postToolUse: goesOn,
  stop: (state, _, body) => stay(note(state, { stopped: true, answer: text(body.assistant_response) })),
};

/** Where a hook of ours found the newest session log. */
function everyHook(state: AgentState, body: Json): Step {
  const [folder, file] = [text(body.cao_sessions), text(body.cao_session)];
  const logPath = `${folder}/${file}`;
  if (!folder || !file || state.memo?.log === logPath) return stay(state);
  const nativeId = file.replace(/\.jsonl$/, '');
  return stay(note(state, { log: logPath }), [{ kind: 'session', nativeId, logPath }]);
}

function onScreen(state: AgentState, reading: ScreenReading): Step {
  const go = (status: AgentState['status'], memo: Memo = {}) =>
    stay(become(state, status, seen(reading), memo));
  if (reading.status === 'waiting_user_answer') return asks(state, reading);
  if (state.status === 'starting' || state.status === 'unknown')
    return reading.status === 'unknown' ? stay(state) : go(reading.status);
  if (state.status === 'waiting_user_answer') {
    if (reading.status === 'unknown') return stay(state);
    const was = (state.memo?.was || 'processing') as AgentState['status'];
    // The question is gone and the box waits: its turn is over, whatever the answer was.
    return was === 'processing' && reading.status === 'idle'
      ? ended(state, reading)
      : go(was, { shown: true });
  }
  if (state.status !== 'processing') return stay(state);
  if (reading.status !== 'idle' && !state.memo?.stopped)
    return stay(state.memo?.shown ? state : note(state, { shown: true }));
  if (reading.status === 'processing' || !(state.memo?.stopped || state.memo?.shown)) return stay(state);
  return ended(state, reading);
}

function asks(state: AgentState, reading: ScreenReading): Step {
  if (state.status === 'waiting_user_answer') return stay(state);
  const told = announcedTool(state, null);
  const approval = { ...told, input: told.tool ? told.input : reading.evidence, nativeId: reading.evidence };
  const was = state.status === 'processing' ? '' : state.status;
  return stay(ask(state, seen(reading), approval, { was }));
}

function ended(state: AgentState, reading: ScreenReading): Step {
  const error = saysTrouble(reading) ? reading.evidence : null;
  // The log has it exactly; what a screen shows is laid out for reading.
  const answer = text(state.memo?.answer) || (state.memo?.log ? null : (reading.answer ?? null));
  const said = { ...seen(reading), source: state.memo?.stopped ? 'hook' : 'screen' } as const;
  return endTurn(state, said, { error, answer: error ? null : answer }, { stopped: false });
}

export const next = reducer({ hooks, everyHook, screen: onScreen });

/** `nativeId` is what the question said: a line that is typed, or a menu in which an entry is chosen. */
export function answerByKey(decision: 'allow' | 'deny', { nativeId = '' }: Approval): ApprovalAnswer {
  if (/\[y\/n(?:\/t)?\]/.test(nativeId)) return byKeys(decision === 'allow' ? 'y' : 'n', 'Enter');
  if (decision === 'deny') return byKeys('Escape');
  // The question whether all tools are trusted stands on "No, exit".
  return /❯\s*No\b/.test(nativeId) ? byKeys('Down', 'Enter') : byKeys('Enter');
}

export function reconcile(reading: ScreenReading): AgentState {
  const found = foundAt(reading, null, []);
  return found.approval ? { ...found, approval: { ...found.approval, nativeId: reading.evidence } } : found;
}
