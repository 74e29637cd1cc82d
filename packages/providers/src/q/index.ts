import { readClassic, rowsOf } from '../_shared/agent-json/classic-screen.ts';
import { answerByKey, next, reconcile } from '../_shared/agent-json/signals.ts';
import { cli } from '../_shared/cli.ts';
import { behindNoWidth, typing } from '../_shared/typing.ts';
import { launch } from './launch.ts';

/**
 * Amazon Q Developer CLI, the program that Kiro came from. Capabilities not run: it needs an account and is in no package
 * registry, so nothing here was ever run against it. Built from its documentation (agent files, hooks) and from what
 * others saw on its screen. It writes no session log, so an answer is what the screen has room for.
 */
export const q = cli({
  id: 'q',
  title: 'Amazon Q (never run)',
  version: /^q (\d+\.\d+\.\d+\S*)$/,
  // The account lies in a database.
  login: [],
  launch,
  next,
  readScreen: (screen) => readClassic(rowsOf(screen)),
  submit: {
    afterReadyMs: 1_000,
    settleMs: 300,
    proofMs: 1_500,
    ...typing(behindNoWidth(/^\s*[!/@]/)),
  },
  clearInput: { keys: ['C-u'] },
  reconcile: ({ screen }) => reconcile(readClassic(rowsOf(screen))),
  interrupt: { keys: ['C-c'] },
  answer: answerByKey,
  resumes: false,
});
