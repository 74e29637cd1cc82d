import { byKeys } from '../_shared/answer.ts';
import { cli } from '../_shared/cli.ts';
import { typing } from '../_shared/typing.ts';
import type { Approval } from '../contract.ts';
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
  manyLines: /^\[Pasted Text: (\d+) lines(?: #\d+)?\]$/,
  collapsed: [[/^\[Pasted Text: (\d+) chars(?: #\d+)?\]$/, (shown, pasted) => shown === pasted.length]],
  // `@file` in a message has the CLI put the file's content behind it.
  added: /\n--- Content from referenced files ---\n[\s\S]*$/,
});

/** Gemini CLI, the program of Google. What is said here was seen with 0.61. */
export const gemini = cli({
  id: 'gemini',
  title: 'Gemini CLI',
  login: [
    { anyOf: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'] },
    { file: '.gemini/oauth_creds.json' },
    { file: '.gemini/.env', holds: /^(?:export )?(?:GEMINI|GOOGLE)_API_KEY=./m },
    // A key that was typed into the CLI lies in a keychain; Vertex AI has logins of its own.
    { file: '.gemini/settings.json', holds: /"selectedType"/, means: 'unknown' },
    { means: 'logged_out' },
  ],
  launch,
  next,
  readScreen,
  submit: {
    afterReadyMs: 300,
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
  answer: (decision, asked) => byKeys(decision === 'allow' ? '1' : isRead(asked) ? '2' : 'Escape'),
  // A file is named by the first part of the id.
  conversation: ({ keepDir, nativeSessionId: id }) => ({ root: `${keepDir}/tmp`, holds: id.slice(0, 8) }),
  quit: { text: '/quit' },
});

/** The question about a file outside the folder, which no hook tells of and Esc does not answer. */
const isRead = ({ tool, input }: Approval) => tool === '' && /allow this read/.test(String(input));
