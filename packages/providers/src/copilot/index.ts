import { failureOf } from '../_shared/failure.ts';
import { foundAt } from '../_shared/on-screen.ts';
import { initial } from '../_shared/state.ts';
import { lineCount, typing } from '../_shared/typing.ts';
import { versionBy } from '../_shared/version.ts';
import type { Provider } from '../contract.ts';
import { log } from './events.ts';
import { launch } from './launch.ts';
import { readScreen } from './screen.ts';
import { next } from './signals.ts';

const KB = 1024;
const isSize = (shown: number, pasted: string): boolean =>
  Math.abs(shown - new TextEncoder().encode(pasted).length / KB) < 0.2;

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
    ...typing({
      // `!` is run by the shell, behind blanks as well; `/` is a command, `&` sends away to a machine of GitHub's.
      fronts: [
        [/^\s*!/, '\u2060'],
        [/^\s*[/&?#@]/, ' '],
      ],
      // Opens a list, and Enter takes its first entry.
      openEnd: /(?:^|\s)[@#]\S*$/,
      // A paste of many lines is shown by their number, a long one by its size.
      collapsed: [
        [/^\[Paste #\d+ - (\d+) lines?\]$/, lineCount],
        [/^\[Saved pasted content to workspace \((\d+(?:\.\d+)?) KB\) id=\d+\]$/, isSize],
      ],
    }),
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
  conversation: ({ keepDir, nativeSessionId }) => ({
    root: `${keepDir}/session-state`,
    holds: nativeSessionId,
  }),
  quit: { text: '/exit' },
} satisfies Provider;
