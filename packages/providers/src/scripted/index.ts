import { failureOf } from '../_shared/failure.ts';
import { foundAt } from '../_shared/on-screen.ts';
import { initial, note } from '../_shared/state.ts';
import { typing } from '../_shared/typing.ts';
import { versionBy } from '../_shared/version.ts';
import type { Provider } from '../contract.ts';
import { launch } from './launch.ts';
import { log, parseLines } from './log.ts';
import { readScreen } from './screen.ts';
import { next } from './signals.ts';

/** The scripted agent: a program that does what its prompts spell out, for stories, faults and demonstrations. */
export const scripted = {
  id: 'scripted',
  title: 'Scripted agent (no AI)',
  binary: 'cao-scripted-agent',
  detect: {
    ...versionBy(/^cao-scripted-agent (\d+\.\d+\.\d+)$/),
    login: () => 'logged_in',
  },
  launch,
  initial,
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
  reconcile({ screen, logTail }) {
    const lines = parseLines(logTail);
    const lastTurn = (...types: readonly string[]) =>
      Math.max(0, ...lines.flatMap(({ type, turn = 0 }) => (types.includes(type) ? [turn] : [])));
    const ended = lastTurn('answer', 'error', 'interrupted');
    const found = note(foundAt(readScreen(screen), null, []), { began: lastTurn('prompt'), ended });
    return found.status === 'idle' && ended > 0 ? { ...found, status: 'completed' } : found;
  },
  interrupt: { keys: ['Escape'] },
  answer: (decision) => ({
    reply: { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: decision } } },
    keys: [decision === 'allow' ? '1' : '2'],
  }),
  failure: (error) => failureOf(error),
  resumes: false,
  quit: { text: '/exit' },
} satisfies Provider;
