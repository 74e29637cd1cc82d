import { failureOf } from '../_shared/failure.ts';
import { foundAt } from '../_shared/on-screen.ts';
import { isSameText, isVisiblePart } from '../_shared/same-text.ts';
import { initial } from '../_shared/state.ts';
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
    escape: asPlainText,
    isOurs: isVisiblePart,
    isSamePrompt: (prompt, pasted) => isSameText(unwrapped(prompt), unwrapped(pasted)),
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
  quit: { text: '/exit' },
} satisfies Provider;

/**
 * Blank to the eye, and no blank to Claude Code: 2.1.330 trims all others before it looks for a command, so that a blank
 * in front of `/clear` clears the conversation.
 */
const NO_COMMAND = '\u2800';

/** A paste that was shown collapsed is put into tags of their own by newer versions; what makes it plain text is ours. */
const unwrapped = (text: string): string =>
  text.replace(/<\/?pasted_content id="[^"]*">/g, '').replace(/^\s*\u2800/, '');

/**
 * A line that begins with `!` runs in a shell, `/` and `#` are commands, and a backslash at the end turns Enter into a line
 * break. A blank in front, and one behind, keep the words and take the meaning; `/` needs one that is not trimmed.
 */
function asPlainText(text: string): string {
  const plain = /^\s*\//.test(text)
    ? `${NO_COMMAND}${text}`
    : /^\s*[!#&]/.test(text) && !text.startsWith(' ')
      ? ` ${text}`
      : text;
  return plain.endsWith('\\') ? `${plain} ` : plain;
}
