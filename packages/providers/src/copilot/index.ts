import { byKeys } from '../_shared/answer.ts';
import { cli } from '../_shared/cli.ts';
import { typing } from '../_shared/typing.ts';
import { log } from './events.ts';
import { launch } from './launch.ts';
import { readScreen } from './screen.ts';
import { next } from './signals.ts';

const KB = 1024;
const isSize = (shown: number, pasted: string): boolean =>
  Math.abs(shown - new TextEncoder().encode(pasted).length / KB) < 0.2;

/** Copilot, the program of GitHub. What is said here was seen with 1.0.102. */
export const copilot = cli({
  id: 'copilot',
  title: 'GitHub Copilot',
  version: /^GitHub Copilot CLI (\d+\.\d+\.\d+(?:-[\w.]*\w)?)/m,
  login: [
    { anyOf: ['COPILOT_GITHUB_TOKEN', 'GH_TOKEN', 'GITHUB_TOKEN', 'COPILOT_PROVIDER_BASE_URL'] },
    // Tokens may lie in a keyring; the accounts they belong to stand here.
    { file: '.copilot/config.json', holds: /"(?:login|copilotTokens)"\s*:/ },
    // It may take the login of `gh`.
    { file: '.config/gh/hosts.yml', means: 'unknown' },
    { means: 'logged_out' },
  ],
  launch,
  next,
  readScreen,
  submit: {
    afterReadyMs: 300,
    // A paste of 30 KB and more is put into a file 0.3 s later, and the model is told its name: Enter has to be before.
    settleMs: 0,
    proofMs: 1500,
    ...typing({
      // `!` is run by the shell, behind blanks as well; `/` is a command, `&` sends away to a machine of GitHub's.
      fronts: [
        [/^\s*!/, '\u2060'],
        [/^\s*[/&?#@]/, ' '],
      ],
      // Opens a list, and Enter takes its first entry.
      openEnd: /(?:^|\s)[@#]\S*$/,
      // A paste of many lines is shown by their number, a long one by its size.
      manyLines: /^\[Paste #\d+ - (\d+) lines?\]$/,
      collapsed: [[/^\[Saved pasted content to workspace \((\d+(?:\.\d+)?) KB\) id=\d+\]$/, isSize]],
    }),
  },
  // All of it, in one key. Of several Ctrl-U at once only the first counts. A second Ctrl-C soon after would end it.
  clearInput: { keys: ['C-c'] },
  maxCallMs: 240_000,
  log,
  // Esc has to come twice, with a moment in between.
  interrupt: { keys: ['C-c'] },
  // "No" asks for a reason and waits for it; Esc is a no that ends the turn.
  answer: (decision) => byKeys(decision === 'allow' ? '1' : 'Escape'),
  keeps: ({ keepDir }) => `${keepDir}/session-state`,
});
