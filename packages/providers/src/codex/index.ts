import { failureOf } from '../_shared/failure.ts';
import { foundAt } from '../_shared/on-screen.ts';
import { initial } from '../_shared/state.ts';
import { typing } from '../_shared/typing.ts';
import { versionBy } from '../_shared/version.ts';
import type { Provider } from '../contract.ts';
import { launch } from './launch.ts';
import { isOpen, log } from './rollout.ts';
import { readScreen } from './screen.ts';
import { answerTo, hello } from './server.ts';
import { next } from './signals.ts';

/** More than a text of 1,000 characters has, as a rule; a longer one is shown in one word, and goes at once. */
const CLEARED_LINES = 30;

/** Codex, the program of OpenAI. What is said here was seen with 0.169.0. */
export const codex = {
  id: 'codex',
  title: 'Codex',
  binary: 'codex',
  detect: {
    ...versionBy(/^codex-cli (\d+\.\d+\.\d+\S*)/m),
    login({ env, homeFile }) {
      if (env.OPENAI_API_KEY || env.CODEX_API_KEY || env.CODEX_ACCESS_TOKEN) return 'logged_in';
      if (homeFile('.codex/auth.json') !== null) return 'logged_in';
      // A provider of the user's own asks for whatever its configuration says.
      return /^\s*(?:model_provider|cli_auth_credentials_store)\s*=/m.test(
        homeFile('.codex/config.toml') ?? '',
      )
        ? 'unknown'
        : 'logged_out';
    },
  },
  launch,
  initial,
  next,
  readScreen,
  submit: {
    afterReadyMs: 300,
    afterTools: true,
    settleMs: 60,
    proofMs: 1000,
    maxCarriageReturns: 3,
    ...typing({
      fronts: [[/^\s*[!/]/, ' ']],
      // Opens a list of files or skills, and Enter would put its first entry in place of the word.
      openEnd: /(?:^|\s)[@$]\S*$/,
      collapsed: [[/^\[Pasted Content (\d+) chars\]$/, (shown, pasted) => shown === [...pasted].length]],
    }),
  },
  // Two for each line, the second for its break. Ctrl-C would take all at once, and twice within a second ends Codex.
  clearInput: { keys: Array<string>(CLEARED_LINES * 2).fill('C-u') },
  maxCallMs: 240_000,
  log,
  api: { kind: 'socket', hello },
  reconcile: ({ screen, logTail }) => foundAt(readScreen(screen), isOpen(logTail) ? null : log, logTail),
  interrupt: { keys: ['Escape'] },
  // "1" is the plain yes of every dialog, of MCP tools too, and acts without Enter.
  answer: (decision, approval) => ({
    reply: null,
    ...answerTo(decision, approval),
    keys: decision === 'allow' ? ['1'] : ['Escape'],
  }),
  failure: (error) => failureOf(error, [[/usage_?limit|insufficient_quota/i, 'quota_exhausted']]),
  resumes: true,
  conversation: ({ keepDir, nativeSessionId }) => ({ root: `${keepDir}/sessions`, holds: nativeSessionId }),
  quit: { text: '/quit' },
} satisfies Provider;
