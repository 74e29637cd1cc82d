import { failureOf } from '../_shared/failure.ts';
import { foundAt } from '../_shared/on-screen.ts';
import { initial } from '../_shared/state.ts';
import { lineCount, NO_WIDTH, OPEN_END, typing } from '../_shared/typing.ts';
import { versionBy } from '../_shared/version.ts';
import type { Approval, ApprovalAnswer, Provider } from '../contract.ts';
import { answerIn } from './events.ts';
import { launch } from './launch.ts';
import { readScreen } from './screen.ts';
import { next } from './signals.ts';

/** OpenCode (npm: `opencode-ai`). Its terminal serves an API of its own, which tells everything. Seen with 1.18.33. */
export const opencode = {
  id: 'opencode',
  title: 'OpenCode',
  binary: 'opencode',
  detect: {
    ...versionBy(/^v?(\d+\.\d+\.\d+\S*)$/),
    // Keys may be in the environment under the name of any service.
    login: ({ homeFile }) =>
      /"(key|access|refresh)"\s*:/.test(homeFile('.local/share/opencode/auth.json') ?? '')
        ? 'logged_in'
        : 'unknown',
  },
  // It migrates its database as it starts, and where two of 1.18.33 do so at once, one shows nothing, for ever.
  setUp: ['db', 'path'],
  launch,
  initial,
  next,
  readScreen,
  submit: {
    afterReadyMs: 1_000,
    // It connects to its servers with the first prompt, and waits for them.
    afterTools: false,
    settleMs: 60,
    proofMs: 2_000,
    maxCarriageReturns: 3,
    ...typing({
      // A command, and a shell.
      fronts: [[/^\s*[!/]/, NO_WIDTH]],
      openEnd: OPEN_END,
      // Three rows and more, or many characters.
      collapsed: [[/^\[Pasted ~(\d+) lines\]$/, lineCount]],
    }),
  },
  // C-u clears a row, BSpace joins it to the one above; C-c would clear all, and leave when there is nothing.
  clearInput: { keys: Array.from({ length: 6 }, () => ['C-u', 'BSpace']).flat() },
  maxCallMs: 280_000,
  log: null,
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
  reconcile: ({ screen }) => foundAt(readScreen(screen), null, []),
  // The first one asks to press again.
  interrupt: { keys: ['Escape', 'Escape'] },
  answer,
  failure: (error) => failureOf(error),
  resumes: true,
  quit: { text: '/exit' },
} satisfies Provider;

function answer(decision: 'allow' | 'deny', { nativeId }: Approval): ApprovalAnswer {
  const keys = decision === 'allow' ? ['Enter'] : ['Escape'];
  if (nativeId === undefined) return { reply: null, keys };
  const path = `/permission/${encodeURIComponent(nativeId)}/reply`;
  // A word with the "no" lets the turn go on.
  const body = decision === 'allow' ? { reply: 'once' } : { reply: 'reject', message: 'The user said no.' };
  return { reply: null, request: { kind: 'http', method: 'POST', path, body }, keys };
}
