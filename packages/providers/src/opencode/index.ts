import { byApi } from '../_shared/answer.ts';
import { cli } from '../_shared/cli.ts';
import { behindNoWidth, typing } from '../_shared/typing.ts';
import { answerIn } from './events.ts';
import { launch } from './launch.ts';
import { readScreen } from './screen.ts';
import { next } from './signals.ts';

/** OpenCode (npm: `opencode-ai`). Its terminal serves an API of its own, which tells everything. Seen with 1.18.33. */
export const opencode = cli({
  id: 'opencode',
  title: 'OpenCode',
  version: /^v?(\d+\.\d+\.\d+\S*)$/,
  // Keys may be in the environment under the name of any service.
  login: [{ file: '.local/share/opencode/auth.json', holds: /"(key|access|refresh)"\s*:/ }],
  // It migrates its database as it starts, and where two of 1.18.33 do so at once, one shows nothing, for ever.
  setUp: ['db', 'path'],
  launch,
  next,
  readScreen,
  submit: {
    afterReadyMs: 1_000,
    // It connects to its servers with the first prompt, and waits for them.
    afterTools: false,
    settleMs: 60,
    proofMs: 2_000,
    ...typing({
      // A command, and a shell.
      ...behindNoWidth(/^\s*[!/]/),
      // Three rows and more, or many characters.
      manyLines: /^\[Pasted ~(\d+) lines\]$/,
    }),
  },
  // C-u clears a row, BSpace joins it to the one above; C-c would clear all, and leave when there is nothing.
  clearInput: { keys: Array.from({ length: 6 }, () => ['C-u', 'BSpace']).flat() },
  api: {
    kind: 'http',
    // Not `/event`: that is of one instance of the project, and 1.18.33 may make a new one while it starts.
    events: '/global/event',
    snapshot: ['/session/status', '/permission'],
    lastAnswer: {
      path: ({ memo }) =>
        memo?.session ? `/session/${encodeURIComponent(memo.session)}/message?limit=4` : null,
      read: answerIn,
    },
  },
  // The first one asks to press again.
  interrupt: { keys: ['Escape', 'Escape'] },
  answer: byApi({ allow: 'Enter', deny: 'Escape' }, (isYes, nativeId) => {
    const path = `/permission/${encodeURIComponent(nativeId)}/reply`;
    // A word with the "no" lets the turn go on.
    const body = isYes ? { reply: 'once' } : { reply: 'reject', message: 'The user said no.' };
    return { kind: 'http', method: 'POST', path, body };
  }),
});
