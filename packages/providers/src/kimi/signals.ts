import { type Json, number, text } from '../_shared/json.ts';
import { alike, goesOn, nothing, type Reactions, reducer, when } from '../_shared/reactions.ts';
import { ask, become, inSession, note, type Said, stay } from '../_shared/state.ts';
import { accepted, approvalOf, turnBegan, turnOver } from '../_shared/turn.ts';
import { usageAt } from '../_shared/usage.ts';
import { type AgentState, INTERRUPTED, type ScreenReading, type Step } from '../contract.ts';
import { wirePath } from './home.ts';
import { textOf } from './wire.ts';

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

/** Asked about in every mode but `--yolo` and `--auto`; no setting of 2.1.0 allows them beforehand. */
const OUR_TOOLS = 'mcp__cao-mcp-server__';
const NONE = -1;
const turnOf = ({ memo }: AgentState): number => Number(memo?.turn ?? NONE);
const endedOf = ({ memo }: AgentState): number => Number(memo?.ended ?? NONE);

/** What each of these hooks says of its turn, as `turn.ended` would. */
const outcomes = { Stop: 'completed', StopFailure: 'failed', Interrupt: 'cancelled' };

export const hooks: Reactions = {
  // It says whose it is, as all of them do.
  SessionStart: nothing,
  UserPromptSubmit(state, said, body) {
    // A message that is put into a running turn begins none.
    const now = body.is_steer === true ? state : become(state, 'processing', said, { stopped: '' });
    return stay(now, [accepted(textOf(body.prompt))]);
  },
  // A sub-agent's turns are counted from 0 too.
  TurnStarted: (state, said, body) =>
    body.origin_name === 'subagent'
      ? stay(state)
      : turnBegan(state, said, number(body, 'turn_id'), NOT_STOPPED),
  PermissionRequest(state, said, body) {
    const approval = approvalOf(body);
    const granted = approval.tool.startsWith(OUR_TOOLS) ? { granted: true as const } : {};
    return stay(ask(state, said, { ...approval, ...granted }, { call: text(body.tool_call_id) }));
  },
  PermissionResult: when(({ memo }, body) => memo?.call === text(body.tool_call_id), goesOn),
  ...alike(Object.keys(outcomes), (state, { evidence }) => stay(note(state, { stopped: evidence }))),
};

/** Every hook says whose it is: after `/new`, or when the first ones were lost, this is how the log is found. */
function everyHook(state: AgentState, body: Json): Step {
  const [session, home] = [text(body.session_id), text(body.kimi_home)];
  // The end of a session is told after the beginning of the one that follows it.
  if (!session || !home || body.hook_event_name === 'SessionEnd') return stay(state);
  return inSession(state, session, wirePath(home, text(body.cwd), session), { turn: NONE, ended: NONE });
}

/** A new turn, or none: no hook has said that it stops. */
const NOT_STOPPED = { stopped: '' };

const lines: Reactions = {
  'usage.record': usageAt({
    // `inputOther` is what was not in the cache.
    input: ['usage.inputOther', 'usage.inputCacheRead', 'usage.inputCacheCreation'],
    output: ['usage.output'],
    cached: ['usage.inputCacheRead'],
    model: 'model',
  }),
  'turn.prompt': (state, said, { turnId }) => turnBegan(state, said, Number(turnId ?? NONE), NOT_STOPPED),
  'turn.ended'(state, said, line) {
    const words = [text(line, 'error.code'), text(line, 'error.message')].filter(Boolean).join(': ');
    return ended(state, said, Number(line.turnId ?? NONE), text(line.reason), words);
  },
};

function ended(state: AgentState, said: Said, turn: number, outcome: string, words: string): Step {
  const error = outcome === 'completed' ? null : outcome === 'failed' ? words || 'failed' : INTERRUPTED;
  return turnOver(state, said, turn, { error }, NOT_STOPPED);
}

function boxInTurn(state: AgentState, { evidence }: ScreenReading, said: Said): Step | null {
  const outcome = text(outcomes, text(state.memo?.stopped));
  // Without its number, the log would tell the end of the same turn again.
  if (!outcome || state.status !== 'processing' || !(turnOf(state) > endedOf(state))) return null;
  return ended(state, said, turnOf(state), outcome, evidence);
}

export const next = reducer({ hooks, everyHook, lines, boxInTurn });
