import { type Json, list, parseLine, text } from '../_shared/json.ts';
import { onScreen, type ScreenRules, seen } from '../_shared/on-screen.ts';
import { ask, become, endTurn, inTurn, note, saysUp, sessionOf, stay, toolRan } from '../_shared/state.ts';
import { type AgentState, type Effect, INTERRUPTED, type Signal, type Step } from '../contract.ts';
import { saysInterrupted } from './screen.ts';
import { isInterruption, isOwnPrompt, promptOf } from './transcript.ts';

/**
 *   starting ──SessionStart and a box──▶ idle ──UserPromptSubmit──▶ processing ──Stop──▶ completed
 *                                        ▲                 │  │   └─StopFailure─▶ error
 *                              PostToolUse│  PermissionRequest│
 *                                        └── waiting_user_answer
 *
 * No hook tells of Esc and of a "No" by a key: the transcript does (`[Request interrupted by user]`), and so does the screen,
 * once it has shown that very turn or dialog. A "No" by the hook lets the turn go on, and the box is back before the turn.
 *
 * The memo: `prompt`, the beginning of the last prompt that a hook told, and `logged`, that of the last one in the transcript.
 */
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'hook') return onHook(state, signal.name, signal.body);
  if (signal.source === 'log') return onLine(state, signal.line);
  return signal.source === 'screen' ? onScreen(state, signal.reading, rules) : stay(state);
}

const rules: ScreenRules = {
  saysUp: true,
  boxInTurn: (state, reading) =>
    state.memo?.shown && saysInterrupted(reading)
      ? endTurn(state, seen(reading), { error: INTERRUPTED })
      : null,
};

const KEY_LENGTH = 200;
const keyOf = (prompt: string): string => prompt.slice(0, KEY_LENGTH);

function onHook(state: AgentState, name: string, body: Json): Step {
  const said = { source: 'hook', evidence: name } as const;
  const ended = (error: string | null): Step =>
    endTurn(state, said, {
      error,
      answer: text(body.last_assistant_message) || null,
      background: list(body.background_tasks).length > 0,
    });
  switch (name) {
    // A compaction and a resumed session say it too, in the middle of a turn.
    case 'SessionStart':
      return stay(saysUp(state, said), [sessionOf(body)]);
    case 'UserPromptSubmit': {
      const prompt = text(body.prompt);
      const effects: readonly Effect[] = isOwnPrompt(prompt) ? [] : [{ kind: 'accepted', prompt }];
      return stay(become(state, 'processing', said, { prompt: keyOf(prompt) }), effects);
    }
    case 'PermissionRequest': {
      const approval = { tool: text(body.tool_name), input: body.tool_input ?? null };
      return { ...stay(ask(state, said, approval)), holds: true };
    }
    case 'PostToolUse':
    case 'PostToolUseFailure':
      return toolRan(state, said, text(body.tool_name));
    case 'Stop':
      return ended(null);
    case 'StopFailure':
      return ended(text(body.error) || 'unknown');
    default:
      // SubagentStop ends a part of a turn, SessionEnd is told by the pane; what is unknown changes nothing.
      return stay(state);
  }
}

/** A line may come late: an interruption is this turn's own when the last prompt before it is. */
function onLine(state: AgentState, text: string): Step {
  const line = parseLine(text);
  const prompt = promptOf(line);
  if (prompt !== null) return stay(note(state, { logged: keyOf(prompt) }));
  const isThisTurn = state.memo?.logged !== undefined && state.memo.logged === state.memo.prompt;
  if (!inTurn(state) || !isThisTurn || !isInterruption(line)) return stay(state);
  return endTurn(state, { source: 'log', evidence: INTERRUPTED }, { error: INTERRUPTED });
}
