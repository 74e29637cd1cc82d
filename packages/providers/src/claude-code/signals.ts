import { type Json, list, text } from '../_shared/json.ts';
import { alike, asks, nothing, type Reactions, ran, reducer, sessionBegins } from '../_shared/reactions.ts';
import { become, endTurn, inTurn, note, type Said, stay } from '../_shared/state.ts';
import { accepted } from '../_shared/turn.ts';
import { type AgentState, INTERRUPTED, type ScreenReading, type Step } from '../contract.ts';
import { STOPPED } from './screen.ts';
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

export const hooks: Reactions = {
  // A compaction and a resumed session say it too, in the middle of a turn.
  SessionStart: sessionBegins,
  UserPromptSubmit(state, said, body) {
    const prompt = text(body.prompt);
    const effects = isOwnPrompt(prompt) ? [] : [accepted(prompt)];
    return stay(become(state, 'processing', said, { prompt: keyOf(prompt) }), effects);
  },
  PermissionRequest: (...told) => ({ ...asks(...told), holds: true }),
  ...alike(['PostToolUse', 'PostToolUseFailure'], ran),
  Stop: (state, said, body) => endTurn(state, said, endOf(body)),
  StopFailure: (state, said, body) =>
    endTurn(state, said, { ...endOf(body), error: text(body.error) || 'unknown' }),
  // The pane tells it. SubagentStop is not asked for: it ends a part of a turn.
  SessionEnd: nothing,
};

const endOf = (body: Json) => ({
  answer: text(body.last_assistant_message) || null,
  background: list(body.background_tasks).length > 0,
});

const lines: Reactions = {
  // May come late: an interruption is this turn's own when the last prompt before it is.
  user(state, _, line) {
    const prompt = promptOf(line);
    if (prompt !== null) return stay(note(state, { logged: keyOf(prompt) }));
    const isThisTurn = state.memo?.logged !== undefined && state.memo.logged === state.memo.prompt;
    if (!inTurn(state) || !isThisTurn || !isInterruption(line)) return stay(state);
    return endTurn(state, { source: 'log', evidence: INTERRUPTED }, { error: INTERRUPTED });
  },
};

const boxInTurn = (state: AgentState, reading: ScreenReading, said: Said): Step | null =>
  state.memo?.shown && STOPPED.test(reading.evidence) ? endTurn(state, said, { error: INTERRUPTED }) : null;

const KEY_LENGTH = 200;
const keyOf = (prompt: string): string => prompt.slice(0, KEY_LENGTH);

export const next = reducer({ hooks, lines, saysUp: true, boxInTurn });
