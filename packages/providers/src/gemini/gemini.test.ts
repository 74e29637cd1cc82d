import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AgentState, Effect, Signal } from '../contract.ts';
import { screenOf } from '../testing/ansi-screen.ts';
import { type ScreenFixture, testProvider } from '../testing/conformance.ts';
import { gemini } from './index.ts';

const at = (path: string) => new URL(`./fixtures/${path}`, import.meta.url);
const screens = readdirSync(at('screens/')).map(
  (name) => JSON.parse(readFileSync(at(`screens/${name}`), 'utf8')) as ScreenFixture,
);
const payloads = JSON.parse(readFileSync(at('hooks.json'), 'utf8')) as {
  name: string;
  body: Record<string, unknown>;
}[];
const lines = (name: string) =>
  readFileSync(at(`${name}-0.61.0.jsonl`), 'utf8')
    .trim()
    .split('\n');

const hook = (name: string, body: Record<string, unknown> = {}): Signal => ({ source: 'hook', name, body });
const line = (entry: Record<string, unknown>): Signal => ({ source: 'log', line: JSON.stringify(entry) });
const fixture = (name: string) => {
  const found = screens.find((each) => each.name === name);
  if (!found) throw new Error(`no screen ${name}`);
  return screenOf(found.ansi, found.title);
};
const screen = (name: string): Signal => ({ source: 'screen', reading: gemini.readScreen(fixture(name)) });
const recorded = (name: string): Signal => {
  const found = payloads.find((payload) => payload.name === name);
  if (!found) throw new Error(`no payload ${name}`);
  return hook(String(found.body.hook_event_name), found.body);
};
const run = (...signals: readonly Signal[]) => {
  let state: AgentState = gemini.initial;
  const effects: Effect[] = [];
  for (const signal of signals) {
    const step = gemini.next(state, signal);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects, ends: effects.filter((effect) => effect.kind === 'turn_ended') };
};
const started = [recorded('SessionStart'), screen('idle')];
const working = [...started, recorded('BeforeAgent:answer'), screen('processing')];
const said = (content: string) => line({ id: content, type: 'gemini', content });
const cancelled = line({ type: 'info', content: 'Request cancelled.' });

testProvider(gemini, {
  screens,
  reads: {
    idle: { status: 'idle', input: 'empty', evidence: /Ready/ },
    completed: { status: 'idle', input: 'empty' },
    denied: { status: 'idle', input: 'empty', evidence: /cancelled/ },
    interrupted: { status: 'idle', evidence: /cancelled/ },
    error: { status: 'idle', input: 'empty' },
    draft: { status: 'idle', input: 'text', inputText: 'a draft of a person' },
    pasted: { status: 'idle', input: 'text', inputText: '[Pasted Text: 30 lines]' },
    multiline: { status: 'idle', input: 'text', inputText: 'one\ntwo\nfour' },
    processing: { status: 'processing', input: 'empty' },
    queued: { status: 'processing', input: 'empty' },
    retrying: { status: 'processing', input: 'empty' },
    'running-tool': { status: 'processing' },
    permission: { status: 'waiting_user_answer', input: 'none', evidence: /^Allow execution of \[Shell\]\?/ },
    'permission-edit': { status: 'waiting_user_answer', input: 'none', evidence: /^Apply this change\?/ },
    'permission-read': { status: 'waiting_user_answer', input: 'none', evidence: /allow this read\?/ },
    'ask-user': { status: 'waiting_user_answer', input: 'none', evidence: /^Which one\?/ },
    login: { status: 'waiting_user_answer', input: 'none', evidence: /authenticate/ },
  },
  start: started,
  prompt: (prompt) => hook('BeforeAgent', { prompt }),
  // The hook's own text is broken when the answer came in parts.
  stop: (answer) => [
    said(answer),
    hook('AfterAgent', { prompt_response: `${answer} done*` }),
    screen('completed'),
  ],
  fail: (error) => [
    line({ type: 'error', content: `[API Error: ${error}]` }),
    hook('AfterAgent', { prompt_response: '[no response text]' }),
    screen('error'),
  ],
  asks: (tool, input) => [
    hook('BeforeTool', { tool_name: tool, tool_input: input }),
    hook('Notification', { notification_type: 'ToolPermission', details: { type: 'exec' } }),
  ],
  log: {
    lines: lines('transcript').slice(0, 8),
    prompts: [
      '[[sleep 500]] [[chunks 8 100]] [[say Hello *markdown*\n\n- one\n- two]]',
      '[[chunks 50 200]] [[say one two three four five six seven eight nine ten eleven]]',
    ],
    lastAnswer: null,
  },
});

describe('the status of Gemini CLI', () => {
  test('is idle only when both the session began and the box is drawn, in any order', () => {
    const [start, box] = started as [Signal, Signal];
    expect(run(start).state).toMatchObject({ status: 'starting', ready: false });
    expect(run(box).state).toMatchObject({ status: 'starting', ready: false });
    for (const order of [
      [start, box],
      [box, start],
    ])
      expect(run(...order).state).toMatchObject({ status: 'idle', ready: true });
  });

  test('waits for a login before it is ready, and takes no title for it', () => {
    const asked = run(recorded('SessionStart'), screen('login'));
    expect(asked.state).toMatchObject({ status: 'waiting_user_answer', ready: false });
    expect(
      run(recorded('SessionStart'), screen('login'), screen('idle'), screen('idle')).state,
    ).toMatchObject({ status: 'idle', ready: true });
  });

  test('ends a turn when the box is back, with the answer of the transcript', () => {
    const answered = [...working, said('Hello *markdown*'), recorded('AfterAgent:answer')];
    expect(run(...answered).ends).toEqual([]);
    expect(run(...answered, screen('processing')).ends).toEqual([]);
    const { state, ends } = run(...answered, screen('completed'));
    expect(state.status).toBe('completed');
    expect(ends).toMatchObject([{ answer: 'Hello *markdown*', error: null }]);
  });

  test('calls a turn that Esc ended interrupted, though its hook looks like an answer', () => {
    const { state, ends } = run(
      ...working,
      cancelled,
      recorded('AfterAgent:cancelled'),
      screen('interrupted'),
    );
    expect(state.status).toBe('idle');
    expect(ends).toMatchObject([{ answer: null, error: 'interrupted' }]);
  });

  test('ends a turn at "No", of which no hook tells', () => {
    const asking = [...working, recorded('BeforeTool:run_shell_command'), recorded('Notification:exec')];
    expect(run(...asking).state.approval).toEqual({
      tool: 'run_shell_command',
      input: { command: 'touch a1', description: 'ask' },
    });
    expect(run(...asking, screen('denied')).state.status).toBe('waiting_user_answer');
    const denied = run(...asking, screen('permission'), cancelled, screen('denied'));
    expect(denied.state).toMatchObject({ status: 'idle', approval: null });
    expect(denied.ends).toMatchObject([{ error: 'interrupted' }]);
  });

  test('goes on after "Yes" as soon as the screen or the tool tells', () => {
    const asking = [...working, recorded('BeforeTool:run_shell_command'), recorded('Notification:exec')];
    expect(run(...asking, screen('permission'), screen('running-tool')).state.status).toBe('processing');
    expect(run(...asking, recorded('AfterTool:run_shell_command')).state.status).toBe('processing');
    expect(run(...asking, hook('AfterTool', { tool_name: 'read_file' })).state.status).toBe(
      'waiting_user_answer',
    );
  });

  test('shows the change that an edit would make, and not its whole file when that is long', () => {
    const edit = run(...working, recorded('BeforeTool:write_file'), recorded('Notification:edit'));
    expect(edit.state.approval?.input).toEqual({ file_path: 'x.txt', content: 'hi\nthere' });
    const long = hook('BeforeTool', { tool_name: 'write_file', tool_input: { content: 'x'.repeat(9_000) } });
    expect(run(...working, long, recorded('Notification:edit')).state.approval?.input).toMatchObject({
      type: 'edit',
    });
  });

  test('is an error with the words of the service', () => {
    const error = lines('transcript-error').map((text): Signal => ({ source: 'log', line: text }));
    const { state, ends } = run(
      ...working,
      ...error.slice(0, 8),
      recorded('AfterAgent:error'),
      screen('error'),
    );
    expect(state.status).toBe('error');
    expect(ends).toHaveLength(1);
    expect(gemini.failure(String(ends[0]?.error))).toMatchObject({ kind: 'model_error' });
    expect(ends[0]?.error).toMatch(/^\{"error":\{"code":400/);
    expect(gemini.failure('{"error":{"code":401,"status":"UNAUTHENTICATED"}}').kind).toBe('not_logged_in');
    expect(gemini.failure('{"error":{"code":429,"status":"RESOURCE_EXHAUSTED"}}').kind).toBe(
      'quota_exhausted',
    );
  });

  test('is no error of the turn when the model answers behind it', () => {
    const lost = line({ type: 'error', content: 'MCP ERROR (cao-mcp-server)' });
    const { ends } = run(...working, lost, said('all the same'), hook('AfterAgent'), screen('completed'));
    expect(ends).toMatchObject([{ answer: 'all the same', error: null }]);
  });

  test('works while it tries again', () => {
    expect(run(...working, screen('retrying')).state.status).toBe('processing');
    expect(run(...working, screen('retrying'), screen('idle')).ends).toEqual([]);
  });

  test('says that it tries again when its model is asked a third time with nothing in between', () => {
    const asks = hook('BeforeModel');
    expect(run(...working, asks, asks).state.retries).toBeFalsy();
    const failing = [...working, asks, asks, asks];
    expect(run(...failing).state).toMatchObject({
      status: 'processing',
      retries: expect.stringContaining('asked 3 times'),
    });
    expect(gemini.failure(run(...failing).state.retries ?? '').kind).toBe('model_error');
    for (const sign of [said('at last'), hook('BeforeTool', { tool_name: 'x' }), cancelled])
      expect(run(...failing, sign, recorded('AfterAgent:answer')).state.retries).toBeNull();
  });

  test('takes the model of a sub-agent, which is asked while a tool runs, for no second try', () => {
    const call = hook('BeforeTool', { tool_name: 'invoke_agent', tool_input: {} });
    const asks = [hook('BeforeModel'), hook('BeforeModel'), hook('BeforeModel')];
    expect(run(...working, call, ...asks).state.retries).toBeFalsy();
    const back = hook('AfterTool', { tool_name: 'invoke_agent' });
    expect(run(...working, call, ...asks, back, ...asks).state.retries).toBeTruthy();
  });

  test('tells two turns when a queued prompt follows at once', () => {
    const { effects } = run(
      ...working,
      said('one'),
      hook('AfterAgent'),
      recorded('BeforeAgent:queued'),
      said('two'),
      hook('AfterAgent'),
      screen('completed'),
    );
    const told = effects.filter(({ kind }) => kind === 'accepted' || kind === 'turn_ended');
    expect(told).toMatchObject([
      { kind: 'accepted' },
      { kind: 'turn_ended', answer: 'one' },
      { kind: 'accepted', prompt: 'typed while busy' },
      { kind: 'turn_ended', answer: 'two' },
    ]);
  });

  test('ends a turn whose hook was lost, by the transcript and the screen', () => {
    expect(run(...working, said('Hello'), screen('completed')).ends).toMatchObject([{ answer: 'Hello' }]);
    // A step before a call of a tool is no end.
    const called = line({ id: 'x', type: 'gemini', content: 'let me see', toolCalls: [{}] });
    expect(run(...working, said('let me see'), called, screen('completed')).ends).toEqual([]);
  });

  test('comes back to what it was when a dialog goes that no hook told of', () => {
    const done = [...working, said('x'), hook('AfterAgent'), screen('completed')];
    expect(run(...done, screen('permission-read')).state).toMatchObject({
      status: 'waiting_user_answer',
      approval: { tool: '' },
    });
    expect(run(...done, screen('permission-read'), screen('completed'))).toMatchObject({
      state: { status: 'completed' },
      ends: { length: 1 },
    });
  });

  test('counts tokens of each answer once', () => {
    const tokens = { input: 10, output: 20, cached: 3, thoughts: 5 };
    const answer = (id: string, more = {}) =>
      line({ id, type: 'gemini', content: 'x', tokens, model: 'm', ...more });
    const { effects } = run(...working, answer('a'), answer('a', { toolCalls: [{}] }), answer('b'));
    expect(effects.filter(({ kind }) => kind === 'usage').at(-1)).toEqual({
      kind: 'usage',
      usage: { input_tokens: 20, output_tokens: 50, cached_tokens: 6, cost_usd: null, model: 'm' },
    });
  });

  test('denies what Esc does not close by its number', () => {
    expect(gemini.answer('deny', { tool: 'run_shell_command', input: {} }).keys).toEqual(['Escape']);
    const { approval } = run(...working, screen('permission-read')).state;
    expect(approval && gemini.answer('deny', approval).keys).toEqual(['2']);
  });
});

describe('the input and the transcript of Gemini CLI', () => {
  test('keep a known command from being one, and know the prompt again', () => {
    const { escape: escaped, isSamePrompt } = gemini.submit;
    expect(escaped('/help').trimStart().startsWith('/')).toBe(false);
    expect(escaped('see /help')).toBe('see /help');
    expect(isSamePrompt('\u2060/help', escaped('/help'))).toBe(true);
    const file = String(payloads.find(({ name }) => name === 'BeforeAgent:file')?.body.prompt);
    expect(isSamePrompt(file, '@/etc/hostname')).toBe(true);
  });

  test('tell a collapsed paste by its size', () => {
    const { isOurs } = gemini.submit;
    expect(isOurs('[Pasted Text: 3 lines]', 'a\nb\nc')).toBe(true);
    expect(isOurs('[Pasted Text: 3 lines]', 'a\nb')).toBe(false);
    expect(isOurs('[Pasted Text: 600 chars]', 'x'.repeat(600))).toBe(true);
    expect(isOurs('a draft [Pasted Text: 600 chars]', 'x'.repeat(600))).toBe(false);
  });

  test('do not tell again what is only written anew', () => {
    const all = lines('transcript');
    const prompts = gemini.log.prompts(all);
    expect(new Set(prompts).size).toBe(prompts.length - 1); // one was sent twice
    expect(gemini.log.lastAnswer(all)).toBeNull();
    expect(gemini.log.lastAnswer(all.slice(0, 20))).toBeNull();
    expect(gemini.log.lastAnswer(lines('transcript-error'))).toBe('recovered');
    expect(gemini.log.prompts(lines('transcript-error'))).toEqual([
      '[[error 400 5]]',
      '[[chunks 2 1]] [[say recovered]]',
    ]);
  });

  test('are read again after an absence', () => {
    const again = (name: string, logTail: readonly string[] = []) =>
      gemini.reconcile({ screen: fixture(name), logTail });
    expect(again('idle').status).toBe('idle');
    expect(again('completed', lines('transcript')).status).toBe('completed');
    expect(again('processing').status).toBe('processing');
    expect(again('permission')).toMatchObject({ status: 'waiting_user_answer', approval: { tool: '' } });
  });
});
