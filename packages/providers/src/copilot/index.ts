import { failureOf } from '../_shared/failure.ts';
import { foundAt } from '../_shared/on-screen.ts';
import { isSameText, isVisiblePart } from '../_shared/same-text.ts';
import { initial } from '../_shared/state.ts';
import { versionBy } from '../_shared/version.ts';
import type { Provider } from '../contract.ts';
import { log } from './events.ts';
import { launch } from './launch.ts';
import { readScreen } from './screen.ts';
import { next } from './signals.ts';

/** Copilot, the program of GitHub. What is said here was seen with 1.0.102. */
export const copilot = {
  id: 'copilot',
  title: 'GitHub Copilot',
  binary: 'copilot',
  detect: {
    ...versionBy(/^GitHub Copilot CLI (\d+\.\d+\.\d+(?:-[\w.]*\w)?)/m),
    login({ env, homeFile }) {
      if (env.COPILOT_GITHUB_TOKEN || env.GH_TOKEN || env.GITHUB_TOKEN) return 'logged_in';
      if (env.COPILOT_PROVIDER_BASE_URL) return 'logged_in';
      // Tokens may lie in a keyring; the accounts they belong to stand here.
      if (/"(?:login|copilotTokens)"\s*:/.test(homeFile('.copilot/config.json') ?? '')) return 'logged_in';
      // It may take the login of `gh`.
      return homeFile('.config/gh/hosts.yml') === null ? 'logged_out' : 'unknown';
    },
  },
  launch,
  initial,
  next,
  readScreen,
  submit: {
    afterReadyMs: 300,
    afterTools: true,
    // A paste of 30 KB and more is put into a file 0.3 s later, and the model is told its name: Enter has to be before.
    settleMs: 0,
    proofMs: 1500,
    maxCarriageReturns: 3,
    escape: asPlainText,
    isOurs,
    isSamePrompt: (prompt, pasted) => isSameText(withoutJoiner(prompt), withoutJoiner(pasted)),
  },
  // All of it, in one key. Of several Ctrl-U at once only the first counts. A second Ctrl-C soon after would end it.
  clearInput: { keys: ['C-c'] },
  maxCallMs: 240_000,
  log,
  reconcile: ({ screen, logTail }) => foundAt(readScreen(screen), log, logTail),
  // Esc has to come twice, with a moment in between.
  interrupt: { keys: ['C-c'] },
  // "No" asks for a reason and waits for it; Esc is a no that ends the turn.
  answer: (decision) => ({ reply: null, keys: decision === 'allow' ? ['1'] : ['Escape'] }),
  failure: (error) => failureOf(error),
  resumes: true,
  quit: { text: '/exit' },
} satisfies Provider;

/** Takes no room and is no blank: 1.0.102 looks for `!` behind all blanks. */
const WORD_JOINER = '\u2060';
const withoutJoiner = (text: string): string => text.replaceAll(WORD_JOINER, '');

/**
 * `/x` is a command, `&x` is sent away to a machine of GitHub's: a blank in front takes the meaning. `!x` is run by the
 * shell, blank or not. A last word with `@` or `#` opens a list, and Enter takes its first entry: a blank behind closes it.
 */
function asPlainText(text: string): string {
  if (/^\s*!/.test(text)) return `${WORD_JOINER}${closed(text)}`;
  return closed(/^\s*[/&?#@]/.test(text) && !text.startsWith(' ') ? ` ${text}` : text);
}

const closed = (text: string): string => (/(?:^|\s)[@#]\S*$/.test(text) ? `${text} ` : text);

const COLLAPSED = /^\[Paste #\d+ - (\d+) lines?\]$/;
const SAVED = /^\[Saved pasted content to workspace \((\d+(?:\.\d+)?) KB\) id=\d+\]$/;
const KB = 1024;

/** A paste of many lines is shown by their number alone, a long one by its size. */
function isOurs(inputText: string, pasted: string): boolean {
  const lines = COLLAPSED.exec(inputText.trim());
  if (lines) return [pasted, pasted.trimEnd()].some((text) => Number(lines[1]) === text.split('\n').length);
  const saved = SAVED.exec(inputText.trim());
  if (saved) return Math.abs(Number(saved[1]) - new TextEncoder().encode(pasted).length / KB) < 0.2;
  return isVisiblePart(inputText, pasted);
}
