import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AgentState, Effect, Signal } from '../contract.ts';
import { screenOf } from '../testing/ansi-screen.ts';
import { launchInput, type ScreenFixture, testProvider } from '../testing/conformance.ts';
import { q } from './index.ts';

const folder = new URL('./fixtures/screens/', import.meta.url);
const screens = readdirSync(folder).map(
  (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as ScreenFixture,
);
const read = (name: string) => q.readScreen(screenOf(screens.find((each) => each.name === name)?.ansi ?? ''));
const screen = (name: string): Signal => ({ source: 'screen', reading: read(name) });
const shows = (text: string): Signal => ({ source: 'screen', reading: q.readScreen(screenOf(text)) });
const hook = (name: string, body: Record<string, unknown> = {}): Signal => ({ source: 'hook', name, body });
const run = (...signals: readonly Signal[]) => {
  let state: AgentState = q.initial;
  const effects: Effect[] = [];
  for (const signal of signals) {
    const step = q.next(state, signal);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, ends: effects.filter((effect) => effect.kind === 'turn_ended') };
};

testProvider(q, {
  screens,
  reads: {
    idle: { status: 'idle', input: 'empty' },
    'idle-share': { status: 'idle', input: 'empty' },
    completed: { status: 'idle', input: 'empty' },
    processing: { status: 'processing', input: 'none' },
    draft: { status: 'idle', input: 'text', inputText: 'a draft of a person' },
    permission: { status: 'waiting_user_answer', input: 'none', evidence: /Allow this action\?/ },
    answered: { status: 'idle', input: 'empty' },
    error: { status: 'idle', input: 'empty', evidence: /having trouble/ },
  },
  start: [screen('idle')],
  prompt: (prompt) => hook('userPromptSubmit', { prompt }),
  stop: (answer) => [screen('processing'), shows(`> ${answer}\n\n[cao] > `)],
  fail: (error) => [screen('processing'), shows(`Amazon Q is having trouble responding: ${error}\n[cao] > `)],
  errorHolds: true,
  asks: (tool, input) => [hook('preToolUse', { tool_name: tool, tool_input: input }), screen('permission')],
  log: null,
});

describe('the launch of Amazon Q', () => {
  test('puts one link of a name of its own into the user’s folder, to a file of ours', () => {
    const { argv, files, outsideLinks } = q.launch(launchInput);
    expect(argv).toEqual([launchInput.binaryPath, 'chat', '--agent', 'cao-a1b2c3d4']);
    expect(outsideLinks).toEqual([
      { path: '/home/u/.aws/amazonq/cli-agents/cao-a1b2c3d4.json', target: 'agent.json' },
    ]);
    const agent = JSON.parse(files.find(({ path }) => path === 'agent.json')?.content ?? '');
    expect(agent).toMatchObject({ name: 'cao-a1b2c3d4', prompt: 'Be brief.', useLegacyMcpJson: true });
  });

  test('lets the user’s own servers in when the tools ask for one that the profile does not bring', () => {
    const own = (tools: readonly string[]) => {
      const { files } = q.launch({ ...launchInput, tools });
      return JSON.parse(files.find(({ path }) => path === 'agent.json')?.content ?? '').useLegacyMcpJson;
    };
    expect(own(['fs_read', '@cao-mcp-server'])).toBe(false);
    expect(own(['fs_read', '@jira'])).toBe(true);
  });
});

describe('the status of Amazon Q', () => {
  const working = [screen('idle'), hook('userPromptSubmit', { prompt: 'say something' })];

  test('is told by the screen when no hook says stop', () => {
    expect(run(...working, screen('idle')).state.status).toBe('processing');
    expect(run(...working, screen('processing'), screen('completed')).ends).toMatchObject([
      { answer: '*something*\n- and more', error: null },
    ]);
  });

  test('asks with what was announced, and is answered by a line', () => {
    const { approval } = run(
      ...working,
      hook('preToolUse', { tool_name: 'execute_bash' }),
      screen('permission'),
    ).state;
    expect(approval).toMatchObject({ tool: 'execute_bash' });
    expect(q.answer('allow', approval ?? { tool: '', input: null }).keys).toEqual(['y', 'Enter']);
    expect(q.answer('deny', approval ?? { tool: '', input: null }).keys).toEqual(['n', 'Enter']);
  });

  test('is not waiting for an answer that was given', () => {
    expect(run(...working, screen('permission'), screen('answered')).state.status).not.toBe(
      'waiting_user_answer',
    );
  });
});
