import { answerByKey, next, reconcile } from '../_shared/agent-json/signals.ts';
import { cli } from '../_shared/cli.ts';
import { behindNoWidth, typing } from '../_shared/typing.ts';
import { launch } from './launch.ts';
import { readScreen } from './screen.ts';
import { log } from './session-log.ts';

/**
 * Kiro CLI of AWS. Capabilities not run: it needs an account and is in no package registry, so nothing here was ever run
 * against it. Built from its documentation (agent files, hooks, `KIRO_HOME`) and from screens of 2.x that others captured.
 */
export const kiro = cli({
  id: 'kiro',
  title: 'Kiro (never run)',
  binary: 'kiro-cli',
  version: /^kiro(?:-cli(?:-chat)?)? (\d+\.\d+\.\d+\S*)/,
  // The account lies in a database.
  login: [{ anyOf: ['KIRO_API_KEY'] }],
  launch,
  next,
  readScreen,
  submit: {
    afterReadyMs: 1_000,
    // 2.11 takes two Enters, a second after the paste and another: the second one is pressed when no hook came.
    settleMs: 1_000,
    proofMs: 1_000,
    maxCarriageReturns: 4,
    ...typing(behindNoWidth(/^\s*[!/@]/)),
  },
  clearInput: { keys: ['C-u'] },
  log,
  reconcile: ({ screen, logTail }) => {
    const state = reconcile(readScreen(screen));
    const answered = state.status === 'idle' && log.lastAnswer(logTail) !== null;
    return answered ? { ...state, status: 'completed' } : state;
  },
  interrupt: { keys: ['C-c'] },
  answer: answerByKey,
  resumes: false,
});
