import { failureOf } from '../_shared/failure.ts';
import { isSameText, isVisiblePart } from '../_shared/same-text.ts';
import type { AgentState, Provider } from '../contract.ts';
import { launch } from './launch.ts';
import { log, parseLines } from './log.ts';
import { readScreen } from './screen.ts';
import { initial, next } from './signals.ts';

/** The scripted agent: a program that does what its prompts spell out, for stories, faults and demonstrations. */
export const scripted = {
  id: 'scripted',
  title: 'Scripted agent (no AI)',
  binary: 'cao-scripted-agent',
  detect: {
    argv: ['--version'],
    login: () => 'logged_in',
    parse: (output) => /^cao-scripted-agent (\d+\.\d+\.\d+)$/.exec(output.trim())?.[1] ?? null,
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
    escape: (text) => (text.startsWith('/') ? ` ${text}` : text),
    isOurs: isVisiblePart,
    isSamePrompt: isSameText,
  },
  clearInput: { keys: ['C-u'] },
  // Longer than any call: it waits as long as its connection stands.
  maxCallMs: 300_000,
  log,
  reconcile({ screen, logTail }) {
    const reading = readScreen(screen);
    const lines = parseLines(logTail);
    const turnsOf = (...types: readonly string[]) =>
      Math.max(0, ...lines.flatMap(({ type, turn = 0 }) => (types.includes(type) ? [turn] : [])));
    const memo = { began: turnsOf('prompt'), ended: turnsOf('answer', 'error', 'interrupted') };
    const state: AgentState = {
      ...initial,
      source: 'screen',
      evidence: reading.evidence,
      ready: reading.status !== 'unknown',
      memo,
    };
    if (reading.status !== 'idle') {
      const approval =
        reading.status === 'waiting_user_answer' ? { tool: '', input: reading.evidence } : null;
      return { ...state, status: reading.status, approval };
    }
    return { ...state, status: memo.ended > 0 ? 'completed' : 'idle' };
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
