import { cli } from '../_shared/cli.ts';
import { typing } from '../_shared/typing.ts';
import { answer } from './answer.ts';
import { launch } from './launch.ts';
import { readScreen } from './screen.ts';
import { next } from './signals.ts';
import { log } from './transcript.ts';

/** Claude Code, the program of Anthropic. What is said here was seen with the versions that docs/providers.md names. */
export const claudeCode = cli({
  id: 'claude_code',
  title: 'Claude Code',
  binary: 'claude',
  version: /^(\d+\.\d+\.\d+\S*) \(Claude Code\)/,
  login: [
    { anyOf: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'CLAUDE_CODE_OAUTH_TOKEN'] },
    { anyOf: ['CLAUDE_CODE_USE_BEDROCK', 'CLAUDE_CODE_USE_VERTEX'], means: 'unknown' },
    { file: '.claude/.credentials.json' },
    // macOS keeps the login in its keychain; the account stands in the settings.
    { file: '.claude.json', holds: /"oauthAccount"/ },
  ],
  launch,
  next,
  readScreen,
  submit: {
    afterReadyMs: 500,
    settleMs: 60,
    proofMs: 1000,
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
  answer,
  keeps: ({ env, home, cwd }) =>
    `${env.CLAUDE_CONFIG_DIR || `${home}/.claude`}/projects/${cwd.replace(/[^A-Za-z0-9]/g, '-')}`,
});
