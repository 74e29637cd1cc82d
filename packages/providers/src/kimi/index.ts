import { failureOf } from '../_shared/failure.ts';
import { foundAt } from '../_shared/on-screen.ts';
import { initial, note } from '../_shared/state.ts';
import { lineCount, NO_WIDTH, OPEN_END, typing } from '../_shared/typing.ts';
import { versionBy } from '../_shared/version.ts';
import type { Provider } from '../contract.ts';
import { workdirKey } from './home.ts';
import { launch } from './launch.ts';
import { readScreen } from './screen.ts';
import { next } from './signals.ts';
import { lastTurn, log } from './wire.ts';

const TAB = '    ';
const drawn = (pasted: string): string => pasted.replaceAll('\r\n', '\n').replaceAll('\t', TAB);

/** Kimi Code, the TypeScript program of Moonshot AI (npm: `@moonshot-ai/kimi-code`), not the older Python one. Seen with 2.1.0. */
export const kimi = {
  id: 'kimi',
  title: 'Kimi Code',
  binary: 'kimi',
  detect: {
    ...versionBy(/^(\d+\.\d+\.\d+\S*)$/),
    login: ({ env, homeFile }) => {
      if (env.KIMI_MODEL_API_KEY && env.KIMI_MODEL_NAME) return 'logged_in';
      const config = homeFile('.kimi-code/config.toml') ?? '';
      if (/^\s*api_key\s*=\s*"[^"]/m.test(config)) return 'logged_in';
      // A model with an account (`oauth`) or a key in the environment (`api_key_env`): only the service would tell.
      return /^\s*default_model\s*=\s*"[^"]/m.test(config) ? 'unknown' : 'logged_out';
    },
  },
  launch,
  initial,
  next,
  readScreen,
  submit: {
    // An Enter right after the box has come is lost.
    afterReadyMs: 1_000,
    afterTools: true,
    settleMs: 100,
    // 100 KB take up to 2.4 s.
    proofMs: 1_500,
    maxCarriageReturns: 4,
    ...typing({
      // A command and a shell, also behind blanks.
      fronts: [[/^\s*[!/]/, NO_WIDTH]],
      openEnd: OPEN_END,
      // More than ten rows or 1000 characters.
      collapsed: [
        [/^\[paste #\d+ \+(\d+) lines\]$/, lineCount],
        [/^\[paste #\d+ (\d+) chars\]$/, (shown, pasted) => shown === drawn(pasted).length],
      ],
    }),
  },
  // C-u clears one row, BSpace joins it to the one above; C-c would clear all, and leave at the second time. More than
  // ten rows are shown as one mark.
  clearInput: { keys: Array.from({ length: 11 }, () => ['C-u', 'BSpace']).flat() },
  maxCallMs: 280_000,
  log,
  reconcile({ screen, logTail }) {
    const last = lastTurn(logTail);
    const found = foundAt(readScreen(screen), last?.isOver ? log : null, logTail);
    return last ? note(found, { turn: last.turn, ...(last.isOver ? { ended: last.turn } : {}) }) : found;
  },
  interrupt: { keys: ['Escape'] },
  // 2 is "for this session": one of our tools is asked about once.
  answer: (decision, { granted }) => ({
    reply: null,
    keys: [decision === 'deny' ? '3' : granted ? '2' : '1'],
  }),
  failure: (error) => failureOf(error),
  resumes: true,
  conversation: ({ keepDir, cwd, nativeSessionId }) => ({
    root: `${keepDir}/sessions/${workdirKey(cwd)}`,
    holds: nativeSessionId,
  }),
  quit: { text: '/exit' },
} satisfies Provider;
