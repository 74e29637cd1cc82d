import { at, type Json, text } from '../_shared/json.ts';
import { boxEndsItsOwn } from '../_shared/on-screen.ts';
import { goesOn, type Reactions, reducer, when } from '../_shared/reactions.ts';
import { ask, become, endTurn, inTurn, stay } from '../_shared/state.ts';
import { accepted, works } from '../_shared/turn.ts';
import { usageAt } from '../_shared/usage.ts';
import { INTERRUPTED } from '../contract.ts';
import { answerOf, promptOf } from './events.ts';

/**
 *   starting ──the box──▶ idle ──user.message──▶ processing ──assistant.message without tools──▶ completed
 *                           ▲  permission.requested│  ▲     ├──session.error──▶ error
 *                           └── waiting_user_answer┘──┘     └──abort──▶ idle
 *
 * The log says it all, in order; the screen says that it is up, and shows the dialogs that the log is silent about.
 * The memo: what was used so far, and `request`, the open approval.
 */

const lines: Reactions = {
  'user.message'(state, said, line) {
    const prompt = promptOf(line);
    return prompt === null ? stay(state) : stay(become(state, 'processing', said), [accepted(prompt)]);
  },
  // Also after an answer: a message that was typed meanwhile, or a hook of the user's that sends it back to work.
  'assistant.turn_start': (state, said) => stay(works(state, said)),
  'assistant.message'(state, said, line) {
    const answer = answerOf(line);
    return answer === null ? stay(state) : endTurn(state, said, { answer });
  },
  'permission.requested'(state, said, line) {
    const { kind, toolName, toolCallId: _, ...input } = (at(line, 'data.permissionRequest') ?? {}) as Json;
    const approval = { tool: text(toolName) || text(kind), input };
    return stay(ask(state, said, approval, { request: text(line, 'data.requestId') }));
  },
  // Tools run in parallel: one that was allowed by a rule does not close the dialog of another.
  'permission.completed': when(({ memo }, line) => memo?.request === text(line, 'data.requestId'), goesOn),
  'session.error': when(inTurn, (state, said, line) =>
    endTurn(state, said, { error: text(line, 'data.message') || 'unknown' }),
  ),
  abort: when(inTurn, (state, said) => endTurn(state, said, { error: INTERRUPTED })),
  // Its `cost` is in premium requests, not in money.
  'session.usage_record': usageAt({
    input: ['data.usage.inputTokens'],
    output: ['data.usage.outputTokens'],
    cached: ['data.usage.cacheReadTokens'],
    model: 'data.usage.model',
  }),
};

export const next = reducer({
  lines,
  // While the log says that it works, it says what is asked, too: a dialog that was just answered may still be drawn.
  isSilent: ({ status, source }, reading) =>
    reading.status === 'waiting_user_answer' && status === 'processing' && source === 'log',
  ...boxEndsItsOwn,
});
