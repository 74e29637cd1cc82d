import { type Json, parseLine, text } from '../_shared/json.ts';
import { boxEndsItsOwn, onScreen } from '../_shared/on-screen.ts';
import { ask, sessionOf, stay, toolRan } from '../_shared/state.ts';
import type { AgentState, Signal, Step } from '../contract.ts';
import { onLine } from './rollout.ts';
import { onMessage } from './server.ts';

/**
 *   starting ──box and title──▶ idle ──task_started, turn/started──▶ processing ──task_complete──▶ completed, error
 *                                            a question │  ▲            └─turn_aborted──▶ idle
 *                                    waiting_user_answer┘──┘ resolved; the dialog is gone, PostToolUse
 *
 * The app-server tells all of a turn, but for the prompt of the first one; the log tells the same, and what was used, and
 * is there when the connection is not. A Codex without an app-server is heard by hooks and the log. Each names the turn, so
 * that the first word of its beginning and of its end counts, whoever says it. The screen says that it is up.
 */
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'api') return onMessage(state, signal.body);
  if (signal.source === 'hook') return onHook(state, signal.name, signal.body);
  // A question of the server's is over when it says so.
  if (signal.source === 'screen')
    return state.approval?.nativeId ? stay(state) : onScreen(state, signal.reading, boxEndsItsOwn);
  const line = parseLine(signal.line);
  return line ? onLine(state, line) : stay(state);
}

function onHook(state: AgentState, name: string, body: Json): Step {
  const said = { source: 'hook', evidence: name } as const;
  switch (name) {
    case 'SessionStart':
      return stay(state, [sessionOf(body)]);
    case 'PermissionRequest': {
      const turn = text(body.turn_id);
      // One that was late: its turn is over, and the screen has no dialog.
      const isOver = ['idle', 'completed', 'error'].includes(state.status);
      if (isOver && turn !== '' && turn === state.memo?.turn) return stay(state);
      return stay(ask(state, said, { tool: text(body.tool_name), input: body.tool_input ?? null }));
    }
    case 'PostToolUse':
      return state.approval ? toolRan(state, said, text(body.tool_name)) : stay(state);
    default:
      return stay(state);
  }
}
