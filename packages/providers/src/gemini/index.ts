import { failureOf } from '../_shared/failure.ts';
import { foundAt } from '../_shared/on-screen.ts';
import { initial } from '../_shared/state.ts';
import { lineCount, typing } from '../_shared/typing.ts';
import { versionBy } from '../_shared/version.ts';
import type { Provider } from '../contract.ts';
import { launch } from './launch.ts';
import { readScreen } from './screen.ts';
import { next } from './signals.ts';
import { log } from './transcript.ts';

/** More than five lines or 500 characters are shown as their number. */
const typed = typing({
  // A known command is one also behind blanks; the word joiner is none.
  fronts: [[/^\s*\//, '\u2060']],
  // Would turn Return into a line break.
  openEnd: /\\$/,
  collapsed: [
    [/^\[Pasted Text: (\d+) lines(?: #\d+)?\]$/, lineCount],
    [/^\[Pasted Text: (\d+) chars(?: #\d+)?\]$/, (shown, pasted) => shown === pasted.length],
  ],
  // `@file` in a message has the CLI put the file's content behind it.
  added: /\n--- Content from referenced files ---\n[\s\S]*$/,
});

/** Gemini CLI, the program of Google. What is said here was seen with 0.61. */
export const gemini = {
  id: 'gemini',
  title: 'Gemini CLI',
  binary: 'gemini',
  detect: {
    ...versionBy(/^(\d+\.\d+\.\d+\S*)$/),
    login: ({ env, homeFile }) => {
      if (env.GEMINI_API_KEY || env.GOOGLE_API_KEY) return 'logged_in';
      if (homeFile('.gemini/oauth_creds.json') !== null) return 'logged_in';
      if (/^(?:export )?(?:GEMINI|GOOGLE)_API_KEY=./m.test(homeFile('.gemini/.env') ?? ''))
        return 'logged_in';
      // A key that was typed into the CLI lies in a keychain; Vertex AI has logins of its own.
      return /"selectedType"/.test(homeFile('.gemini/settings.json') ?? '') ? 'unknown' : 'logged_out';
    },
  },
  launch,
  initial,
  next,
  readScreen,
  submit: {
    afterReadyMs: 300,
    afterTools: true,
    // A Return within 40 ms after a paste was read becomes a line break, and a large paste is read for long: the pane must
    // have shown it.
    settleMs: 300,
    proofMs: 2000,
    maxCarriageReturns: 4,
    ...typed,
    // CRLF would become two line breaks.
    escape: (text) => typed.escape(text.replaceAll('\r\n', '\n')),
  },
  // Clears all of it, where C-u clears a line. It is not pressed into an empty box, which it would leave the CLI from.
  clearInput: { keys: ['C-c'] },
  // Its fetch gives up on a call that sent no byte for 60 s, whatever the time-out of the server is.
  maxCallMs: 50_000,
  log,
  reconcile: ({ screen, logTail }) => foundAt(readScreen(screen), log, logTail),
  interrupt: { keys: ['Escape'] },
  answer: (decision, { tool, input }) => ({
    reply: null,
    keys: decision === 'allow' ? ['1'] : [tool === '' && READ.test(String(input)) ? '2' : 'Escape'],
  }),
  failure: (error) => failureOf(error),
  resumes: true,
  // A file is named by the first part of the id.
  conversation: ({ keepDir, nativeSessionId: id }) => ({ root: `${keepDir}/tmp`, holds: id.slice(0, 8) }),
  quit: { text: '/quit' },
} satisfies Provider;

/** The question about a file outside the folder, which no hook tells of and Esc does not answer. */
const READ = /allow this read/;
