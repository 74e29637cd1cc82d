import { cli } from '../_shared/cli.ts';
import { typing } from '../_shared/typing.ts';
import { launch } from './launch.ts';
import { lastTurn, log } from './log.ts';
import { readScreen } from './screen.ts';
import { next } from './signals.ts';

/** The scripted agent: a program that does what its prompts spell out, for stories, faults and demonstrations. */
export const scripted = cli({
  id: 'scripted',
  title: 'Scripted agent (no AI)',
  binary: 'cao-scripted-agent',
  version: /^cao-scripted-agent (\d+\.\d+\.\d+)$/,
  login: [{ means: 'logged_in' }],
  launch,
  next,
  readScreen,
  submit: {
    afterReadyMs: 0,
    // It connects when it calls its first tool.
    afterTools: false,
    settleMs: 0,
    proofMs: 1000,
    maxCarriageReturns: 4,
    // A line that begins with `/` is a command to it.
    ...typing({ fronts: [[/^\//, ' ']] }),
  },
  clearInput: { keys: ['C-u'] },
  // Longer than any call: it waits as long as its connection stands.
  maxCallMs: 300_000,
  log,
  lastTurn,
  answer: (decision) => ({
    reply: { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: decision } } },
    keys: [decision === 'allow' ? '1' : '2'],
  }),
  resumes: false,
});
