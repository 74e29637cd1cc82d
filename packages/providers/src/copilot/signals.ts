import { at, type Json, number, parseLine, text } from '../_shared/json.ts';
import { boxEndsItsOwn, onScreen } from '../_shared/on-screen.ts';
import { ask, become, endTurn, inTurn, stay } from '../_shared/state.ts';
import { addUsage } from '../_shared/usage.ts';
import { type AgentState, INTERRUPTED, type ScreenReading, type Signal, type Step } from '../contract.ts';
import { answerOf, promptOf } from './events.ts';

/**
 *   starting ──the box──▶ idle ──user.message──▶ processing ──assistant.message without tools──▶ completed
 *                           ▲  permission.requested│  ▲     ├──session.error──▶ error
 *                           └── waiting_user_answer┘──┘     └──abort──▶ idle
 *
 * The log says it all, in order; the screen says that it is up, and shows the dialogs that the log is silent about.
 * The memo: what was used so far, and `request`, the open approval.
 */
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'screen') return onFrame(state, signal.reading);
  const line = signal.source === 'log' ? parseLine(signal.line) : null;
  return line ? onLine(state, line) : stay(state);
}

/** While the log says that it works, it says what is asked, too: a dialog that was just answered may still be drawn. */
function onFrame(state: AgentState, reading: ScreenReading): Step {
  const isLate = reading.status === 'waiting_user_answer' && state.status === 'processing';
  return isLate && state.source === 'log' ? stay(state) : onScreen(state, reading, boxEndsItsOwn);
}

function onLine(state: AgentState, line: Json): Step {
  const type = text(line.type);
  const said = { source: 'log', evidence: type } as const;
  switch (type) {
    case 'user.message': {
      const prompt = promptOf(line);
      if (prompt === null) return stay(state);
      return stay(become(state, 'processing', said), [{ kind: 'accepted', prompt }]);
    }
    // Also after an answer: a message that was typed meanwhile, or a hook of the user's that sends it back to work.
    case 'assistant.turn_start':
      return stay(inTurn(state) ? state : become(state, 'processing', said));
    case 'assistant.message': {
      const answer = answerOf(line);
      return answer === null ? stay(state) : endTurn(state, said, { answer });
    }
    case 'permission.requested': {
      const { kind, toolName, toolCallId: _, ...input } = (at(line, 'data.permissionRequest') ?? {}) as Json;
      const approval = { tool: text(toolName) || text(kind), input };
      return stay(ask(state, said, approval, { request: text(line, 'data.requestId') }));
    }
    // Tools run in parallel: one that was allowed by a rule does not close the dialog of another.
    case 'permission.completed': {
      const isOpen = state.approval && state.memo?.request === text(line, 'data.requestId');
      return stay(isOpen ? become(state, 'processing', said) : state);
    }
    case 'session.error':
      if (!inTurn(state)) return stay(state);
      return endTurn(state, said, { error: text(line, 'data.message') || 'unknown' });
    case 'abort':
      return inTurn(state) ? endTurn(state, said, { error: INTERRUPTED }) : stay(state);
    // Its `cost` is in premium requests, not in money.
    case 'session.usage_record':
      return addUsage(state, {
        input: number(line, 'data.usage.inputTokens'),
        output: number(line, 'data.usage.outputTokens'),
        cached: number(line, 'data.usage.cacheReadTokens'),
        model: text(line, 'data.usage.model'),
      });
    default:
      return stay(state);
  }
}
