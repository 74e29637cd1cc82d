import { failureOf } from '../_shared/failure.ts';
import { foundAt } from '../_shared/on-screen.ts';
import { initial } from '../_shared/state.ts';
import { typing } from '../_shared/typing.ts';
import { versionBy } from '../_shared/version.ts';
import type { Provider } from '../contract.ts';
import { answer } from './answer.ts';
import { launch } from './launch.ts';
import { readScreen } from './screen.ts';
import { next } from './signals.ts';
import { log } from './transcript.ts';

/** Claude Code, the program of Anthropic. What is said here was seen with the versions that docs/providers.md names. */
export const claudeCode = {
  id: 'claude_code',
  title: 'Claude Code',
  binary: 'claude',
  detect: {
    ...versionBy(/^(\d+\.\d+\.\d+\S*) \(Claude Code\)/),
    login: ({ env, homeFile }) => {
      if (env.ANTHROPIC_API_KEY || env.ANTHROPIC_AUTH_TOKEN || env.CLAUDE_CODE_OAUTH_TOKEN)
        return 'logged_in';
      if (env.CLAUDE_CODE_USE_BEDROCK || env.CLAUDE_CODE_USE_VERTEX) return 'unknown';
      if (homeFile('.claude/.credentials.json') !== null) return 'logged_in';
      // macOS keeps the login in its keychain; the account stands in the settings.
      return /"oauthAccount"/.test(homeFile('.claude.json') ?? '') ? 'logged_in' : 'unknown';
    },
  },
  launch,
  initial,
  next,
  readScreen,
  submit: {
    afterReadyMs: 500,
    afterTools: true,
    settleMs: 60,
    proofMs: 1000,
    maxCarriageReturns: 3,
    ...typing({
      // `/` and `#` are commands, `!` is run by the shell. All blanks are trimmed in front of `/` but this one, which is blank to
      // the eye and none to Claude Code.
      fronts: [
        [/^\s*\//, '\u2800'],
        [/^\s*[!#&]/, ' '],
      ],
      openEnd: /\\$/,
      // Newer versions put a paste that was shown collapsed into tags.
      added: /<\/?pasted_content id="[^"]*">/g,
    }),
  },
  clearInput: { keys: ['C-u'] },
  // 2.1.330 moves a call into the background after 120 s and ends the turn; it gives up after 300 s.
  maxCallMs: 100_000,
  log,
  reconcile: ({ screen, logTail }) => foundAt(readScreen(screen), log, logTail),
  interrupt: { keys: ['Escape'] },
  answer,
  failure: (error) => failureOf(error),
  resumes: true,
  conversation: ({ env, home, cwd, nativeSessionId }) => ({
    root: `${env.CLAUDE_CONFIG_DIR || `${home}/.claude`}/projects/${cwd.replace(/[^A-Za-z0-9]/g, '-')}`,
    holds: nativeSessionId,
  }),
  quit: { text: '/exit' },
} satisfies Provider;
