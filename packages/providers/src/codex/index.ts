import { cli } from '../_shared/cli.ts';
import { failureOf } from '../_shared/failure.ts';
import { typing } from '../_shared/typing.ts';
import { launch } from './launch.ts';
import { lastTurn, log } from './rollout.ts';
import { readScreen } from './screen.ts';
import { answer, hello, next } from './signals.ts';

/** A provider of the user's own asks for whatever its configuration says. */
const OWN_SERVICE = /^(?:model_provider|cli_auth_credentials_store)\b/m;

/** Codex, the program of OpenAI. What is said here was seen with 0.169.0. */
export const codex = cli({
  id: 'codex',
  title: 'Codex',
  version: /^codex-cli (\d+\.\d+\.\d+\S*)/m,
  login: [
    { anyOf: ['OPENAI_API_KEY', 'CODEX_API_KEY', 'CODEX_ACCESS_TOKEN'] },
    { file: '.codex/auth.json' },
    { file: '.codex/config.toml', holds: OWN_SERVICE, means: 'unknown' },
    { means: 'logged_out' },
  ],
  launch,
  next,
  readScreen,
  submit: {
    afterReadyMs: 300,
    settleMs: 60,
    proofMs: 1000,
    ...typing({
      fronts: [[/^\s*[!/]/, ' ']],
      // Opens a list of files or skills, and Enter would put its first entry in place of the word.
      openEnd: /(?:^|\s)[@$]\S*$/,
      collapsed: [[/^\[Pasted Content (\d+) chars\]$/, (shown, pasted) => shown === [...pasted].length]],
    }),
  },
  // Two for each line, the second for its break; a text of more than 1,000 characters is shown in one word, and has fewer than
  // 30 lines otherwise, as a rule. Ctrl-C would take all at once, and twice within a second ends Codex.
  clearInput: { keys: Array<string>(60).fill('C-u') },
  maxCallMs: 240_000,
  log,
  lastTurn,
  api: { kind: 'socket', hello },
  answer,
  failure: (error) => failureOf(error, [[/usage_?limit|insufficient_quota/i, 'quota_exhausted']]),
  keeps: ({ keepDir }) => `${keepDir}/sessions`,
  quit: { text: '/quit' },
});
