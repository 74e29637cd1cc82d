import { readClassic, rowsOf } from '../_shared/agent-json/classic-screen.ts';
import { answerByKey, next, reconcile } from '../_shared/agent-json/signals.ts';
import { failureOf } from '../_shared/failure.ts';
import { initial } from '../_shared/state.ts';
import { NO_WIDTH, OPEN_END, typing } from '../_shared/typing.ts';
import { versionBy } from '../_shared/version.ts';
import type { Provider } from '../contract.ts';
import { launch } from './launch.ts';

/**
 * Amazon Q Developer CLI, the program that Kiro came from. Capabilities not run: it needs an account and is in no package
 * registry, so nothing here was ever run against it. Built from its documentation (agent files, hooks) and from what
 * others saw on its screen. It writes no session log, so an answer is what the screen has room for.
 */
export const q = {
  id: 'q',
  title: 'Amazon Q (never run)',
  binary: 'q',
  detect: {
    ...versionBy(/^q (\d+\.\d+\.\d+\S*)$/),
    // The account lies in a database.
    login: () => 'unknown',
  },
  launch,
  initial,
  next,
  readScreen: (screen) => readClassic(rowsOf(screen)),
  submit: {
    afterReadyMs: 1_000,
    afterTools: true,
    settleMs: 300,
    proofMs: 1_500,
    maxCarriageReturns: 3,
    ...typing({ fronts: [[/^\s*[!/@]/, NO_WIDTH]], openEnd: OPEN_END }),
  },
  clearInput: { keys: ['C-u'] },
  maxCallMs: 280_000,
  log: null,
  reconcile: ({ screen }) => reconcile(readClassic(rowsOf(screen))),
  interrupt: { keys: ['C-c'] },
  answer: answerByKey,
  failure: (error) => failureOf(error),
  resumes: false,
  quit: { text: '/exit' },
} satisfies Provider;
