import { type Json, parseLine, text } from '../_shared/json.ts';
import { boxEndsItsOwn, onScreen } from '../_shared/on-screen.ts';
import { ask, become, endTurn, note, sessionOf, stay, toolRan, turnEnded } from '../_shared/state.ts';
import type { AgentState, Signal, Step } from '../contract.ts';
import { answerOf, ends, errorOf, eventOf, turnOf, usageOf } from './rollout.ts';

/**
 *   starting ──box and title──▶ idle ──UserPromptSubmit──▶ processing ──task_complete──▶ completed, error
 *                                       PermissionRequest│  ▲      └─turn_aborted──▶ idle
 *                                     waiting_user_answer┘──┘ the dialog is gone, PostToolUse
 *
 * Hooks begin a turn and tell of questions, the log ends a turn: no hook tells of a failed one. Each names the turn, so
 * that what comes late does not end the next one. No hook comes before the first prompt: the screen says that it is up.
 * The memo: `turn`, the last one that began; `model`.
 */
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'hook') return onHook(state, signal.name, signal.body);
  if (signal.source === 'screen') return onScreen(state, signal.reading, boxEndsItsOwn);
  const line = signal.source === 'log' ? parseLine(signal.line) : null;
  return line ? onLine(state, line) : stay(state);
}

function onHook(state: AgentState, name: string, body: Json): Step {
  const said = { source: 'hook', evidence: name } as const;
  const turn = text(body.turn_id);
  switch (name) {
    case 'SessionStart':
      return stay(state, [sessionOf(body)]);
    case 'UserPromptSubmit': {
      const model = text(body.model) || text(state.memo?.model);
      const accepted = { kind: 'accepted', prompt: text(body.prompt) } as const;
      return stay(become(state, 'processing', said, { turn, model }), [accepted]);
    }
    case 'PermissionRequest': {
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

function onLine(state: AgentState, line: Json): Step {
  const event = eventOf(line);
  const model = text(line, 'payload.model');
  if (line.type === 'turn_context' && model) return stay(note(state, { model }));
  if (event === 'token_count') {
    const usage = usageOf(line, text(state.memo?.model));
    return stay(state, usage ? [{ kind: 'usage', usage }] : []);
  }
  const turn = turnOf(line);
  const running = text(state.memo?.turn);
  if (event === 'task_started' && turn !== running)
    return stay(become(state, 'processing', { source: 'log', evidence: event }, { turn }));
  if (!ends(line)) return stay(state);
  const end = { answer: answerOf(line), error: errorOf(line) };
  if (turn !== '' && running !== '' && turn !== running) return stay(state, [turnEnded(end)]);
  return endTurn(state, { source: 'log', evidence: end.error ?? event }, end);
}
