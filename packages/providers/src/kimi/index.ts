import { byKeys } from '../_shared/answer.ts';
import { cli } from '../_shared/cli.ts';
import { behindNoWidth, typing } from '../_shared/typing.ts';
import { workdirKey } from './home.ts';
import { launch } from './launch.ts';
import { readScreen } from './screen.ts';
import { next } from './signals.ts';
import { lastTurn, log } from './wire.ts';

const drawn = (pasted: string): string => pasted.replaceAll('\r\n', '\n').replaceAll('\t', '    ');

/** Kimi Code, the TypeScript program of Moonshot AI (npm: `@moonshot-ai/kimi-code`), not the older Python one. Seen with 2.1.0. */
export const kimi = cli({
  id: 'kimi',
  title: 'Kimi Code',
  login: [
    { allOf: ['KIMI_MODEL_API_KEY', 'KIMI_MODEL_NAME'] },
    { file: '.kimi-code/config.toml', holds: /^\s*api_key\s*=\s*"[^"]/m },
    // A model with an account (`oauth`) or a key in the environment (`api_key_env`): only the service would tell.
    { file: '.kimi-code/config.toml', holds: /^\s*default_model\s*=\s*"[^"]/m, means: 'unknown' },
    { means: 'logged_out' },
  ],
  launch,
  next,
  readScreen,
  submit: {
    // An Enter right after the box has come is lost.
    afterReadyMs: 1_000,
    settleMs: 100,
    // 100 KB take up to 2.4 s.
    proofMs: 1_500,
    maxCarriageReturns: 4,
    ...typing({
      // A command and a shell, also behind blanks.
      ...behindNoWidth(/^\s*[!/]/),
      // More than ten rows or 1000 characters.
      manyLines: /^\[paste #\d+ \+(\d+) lines\]$/,
      collapsed: [[/^\[paste #\d+ (\d+) chars\]$/, (shown, pasted) => shown === drawn(pasted).length]],
    }),
  },
  // C-u clears one row, BSpace joins it to the one above; C-c would clear all, and leave at the second time. More than
  // ten rows are shown as one mark.
  clearInput: { keys: Array.from({ length: 11 }, () => ['C-u', 'BSpace']).flat() },
  log,
  lastTurn,
  // 2 is "for this session": one of our tools is asked about once.
  answer: (decision, { granted }) => byKeys(decision === 'deny' ? '3' : granted ? '2' : '1'),
  keeps: ({ keepDir, cwd }) => `${keepDir}/sessions/${workdirKey(cwd)}`,
});
