import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AgentState, Effect, Signal } from '../contract.ts';
import { screenOf } from '../testing/ansi-screen.ts';
import { launchInput, type ScreenFixture, testProvider } from '../testing/conformance.ts';
import { scripted } from './index.ts';

const folder = new URL('./fixtures/screens/', import.meta.url);
const screens = readdirSync(folder).map(
  (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as ScreenFixture,
);
const shown = (name: string) => screenOf(screens.find((each) => each.name === name)?.ansi ?? '');
const hook = (name: string, body: Record<string, unknown> = {}): Signal => ({ source: 'hook', name, body });
const line = (entry: Record<string, unknown>): Signal => ({ source: 'log', line: JSON.stringify(entry) });
const start = hook('SessionStart', { session_id: 's', transcript_path: '/log.jsonl' });
const prompt = (turn: number, text: string) =>
  [hook('UserPromptSubmit', { turn, prompt: text }), line({ type: 'prompt', turn, text })] as const;
const answer = (turn: number, text: string) =>
  [
    hook('Stop', { turn, last_assistant_message: text, background_tasks: [] }),
    line({ type: 'answer', turn, text, background: false }),
  ] as const;

const run = (signals: readonly Signal[]) => {
  let state: AgentState = scripted.initial;
  const effects: Effect[] = [];
  for (const signal of signals) {
    const step = scripted.next(state, signal);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects: effects.filter((effect) => effect.kind !== 'session') };
};

testProvider(scripted, {
  screens,
  reads: {
    idle: { status: 'idle', input: 'empty' },
    completed: { status: 'idle', input: 'empty' },
    denied: { status: 'idle' },
    interrupted: { status: 'idle' },
    draft: { status: 'idle', input: 'text', inputText: 'a draft of a person' },
    pasted: { status: 'idle', input: 'text', inputText: '[Pasted text #3 +29 lines]' },
    permission: { status: 'waiting_user_answer', input: 'none' },
    processing: { status: 'processing', input: 'empty' },
    error: { status: 'idle' },
  },
  start: [start],
  prompt: (text) => hook('UserPromptSubmit', { turn: 1, prompt: text }),
  stop: (text) => hook('Stop', { turn: 1, last_assistant_message: text, background_tasks: [] }),
  fail: (error) => hook('StopFailure', { turn: 1, error }),
  asks: (tool, input) =>
    hook('PermissionRequest', { turn: 1, dialog: 1, tool_name: tool, tool_input: input }),
  log: {
    lines: [
      '{"type":"ready"}',
      '{"type":"prompt","turn":1,"text":"a"}',
      '{"type":"answer","turn":1,"text":"*b*"}',
    ],
    prompts: ['a'],
    lastAnswer: '*b*',
  },
});

describe('hook and log of the scripted agent', () => {
  const [hookOne, lineOne] = prompt(1, 'same');
  const [hookTwo, lineTwo] = prompt(2, 'same');
  const [stopOne, answerOne] = answer(1, 'first');
  const [stopTwo, answerTwo] = answer(2, 'second');
  const twoTurns = [
    { kind: 'accepted', prompt: 'same' },
    { kind: 'turn_ended', answer: 'first', background: false, error: null },
    { kind: 'accepted', prompt: 'same' },
    { kind: 'turn_ended', answer: 'second', background: false, error: null },
  ];

  test('count once what both tell, wherever the log is', () => {
    const hooks = [start, hookOne, stopOne, hookTwo, stopTwo];
    const lines = [lineOne, answerOne, lineTwo, answerTwo];
    expect(run([...hooks, ...lines]).effects).toEqual(twoTurns);
    expect(run([...lines, ...hooks]).effects).toEqual(twoTurns);
    expect(
      run([start, hookOne, lineOne, stopOne, hookTwo, answerOne, lineTwo, stopTwo, answerTwo]).effects,
    ).toEqual(twoTurns);
    expect(run([...hooks, ...lines]).state.status).toBe('completed');
  });

  test('lose nothing when a hook is lost, whichever', () => {
    const hooks = [start, hookOne, stopOne, hookTwo, stopTwo];
    const lines = [line({ type: 'ready' }), lineOne, answerOne, lineTwo, answerTwo];
    for (const lost of hooks.keys()) {
      const { state, effects } = run([...hooks.filter((_, n) => n !== lost), ...lines]);
      expect(effects.filter((effect) => effect.kind === 'accepted')).toHaveLength(2);
      expect(effects.filter((effect) => effect.kind === 'turn_ended')).toHaveLength(2);
      expect(state).toMatchObject({ status: 'completed', ready: true });
    }
  });

  test('keep a late line from turning the status back', () => {
    expect(run([start, hookOne, stopOne, lineOne]).state.status).toBe('completed');
    expect(run([start, hookOne, stopOne, hookTwo, lineOne, answerOne]).state.status).toBe('processing');
  });

  test('open and close a dialog once', () => {
    const asked = hook('PermissionRequest', { turn: 1, dialog: 1, tool_name: 'Bash', tool_input: {} });
    const opened = line({ type: 'dialog', turn: 1, dialog: 1, tool: 'Bash', input: {} });
    const ran = hook('PostToolUse', { turn: 1, tool_name: 'Bash' });
    const closed = line({ type: 'dialog_closed', turn: 1, dialog: 1, allowed: true });
    expect(run([start, hookOne, asked]).state.approval?.tool).toBe('Bash');
    expect(run([start, hookOne, asked, ran, opened]).state).toMatchObject({
      status: 'processing',
      approval: null,
    });
    expect(run([start, hookOne, asked, closed, opened]).state.status).toBe('processing');
  });

  test('say idle after an interruption, which only the log tells', () => {
    const { state, effects } = run([start, hookOne, line({ type: 'interrupted', turn: 1, reason: 'Esc' })]);
    expect(state.status).toBe('idle');
    expect(effects.at(-1)).toMatchObject({ kind: 'turn_ended', answer: null, error: 'interrupted' });
  });

  test('go on where the log stands after an absence', () => {
    const tail = [lineOne, answerOne].map((signal) => (signal.source === 'log' ? signal.line : ''));
    const state = scripted.reconcile({ screen: shown('completed'), logTail: tail });
    expect(state).toMatchObject({ status: 'completed', memo: { began: 1, ended: 1 } });
    expect(scripted.next(state, hookTwo)).toMatchObject({
      state: { status: 'processing' },
      effects: [{ kind: 'accepted', prompt: 'same' }],
    });
  });

  test('end by the box what only the screen has told after an absence', () => {
    const found = scripted.reconcile({ screen: shown('processing'), logTail: [] });
    expect(found).toMatchObject({ status: 'processing', source: 'screen' });
    const looks = (name: string): Signal => ({ source: 'screen', reading: scripted.readScreen(shown(name)) });
    expect(scripted.next(found, looks('idle')).state.status).toBe('idle');
    // What a signal has told is ended by a signal.
    const told = scripted.next(scripted.initial, hookOne).state;
    expect(scripted.next(told, looks('idle')).state.status).toBe('processing');
  });

  test('leave to the screen what it alone has told, where they bring nothing new', () => {
    // Found at work after an absence; that its dialog had closed is read a moment later.
    const found = scripted.reconcile({ screen: shown('processing'), logTail: [] });
    const { state } = scripted.next(found, line({ type: 'dialog_closed', turn: 1, dialog: 1 }));
    expect(state).toMatchObject({ status: 'processing', source: 'screen' });
    const box: Signal = { source: 'screen', reading: scripted.readScreen(shown('idle')) };
    expect(scripted.next(state, box).state.status).toBe('idle');
  });
});

test('the front matter of a profile sets record and malice', () => {
  const profile = { ...launchInput.profile, scripted: { record: '/r/', malice: 'seed=1' } };
  const { argv, logPath } = scripted.launch({ ...launchInput, profile });
  expect(argv.join(' ')).toContain('--record /r/ --malice seed=1');
  expect(logPath).toBe(`${launchInput.dir}/session.jsonl`);
});
