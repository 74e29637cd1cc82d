import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AgentState, Signal } from '../contract.ts';
import { screenOf } from '../testing/ansi-screen.ts';
import { launchInput, type ScreenFixture, testProvider } from '../testing/conformance.ts';
import { claudeCode } from './index.ts';

const at = (path: string) => new URL(`./fixtures/${path}`, import.meta.url);
const screens = readdirSync(at('screens/')).map(
  (name) => JSON.parse(readFileSync(at(`screens/${name}`), 'utf8')) as ScreenFixture,
);
const payloads = JSON.parse(readFileSync(at('hooks.json'), 'utf8')) as {
  version: string;
  name: string;
  body: Record<string, unknown>;
}[];
const hook = (name: string, body: Record<string, unknown> = {}): Signal => ({ source: 'hook', name, body });
const screen = (name: string, version = '2.1.330'): Signal => {
  const fixture = screens.find((each) => each.name === name && each.version === version);
  if (!fixture) throw new Error(`no screen ${name} of ${version}`);
  return { source: 'screen', reading: claudeCode.readScreen(screenOf(fixture.ansi)) };
};
const recorded = (name: string): Signal => {
  const found = payloads.find((payload) => payload.name === name);
  if (!found) throw new Error(`no payload ${name}`);
  return hook(String(found.body.hook_event_name), found.body);
};
const stateAfter = (...signals: readonly Signal[]) =>
  signals.reduce((state: AgentState, signal) => claudeCode.next(state, signal).state, claudeCode.initial);
const started = [screen('idle'), hook('SessionStart', { session_id: 's', transcript_path: '/t.jsonl' })];
const transcript = (version: string) =>
  readFileSync(at(`transcript-${version}.jsonl`), 'utf8')
    .trim()
    .split('\n');

testProvider(claudeCode, {
  screens,
  reads: {
    idle: { status: 'idle', input: 'empty' },
    completed: { status: 'idle', input: 'empty' },
    denied: { status: 'idle', evidence: /Interrupted/ },
    interrupted: { status: 'idle', evidence: /Interrupted/ },
    draft: { status: 'idle', input: 'text', inputText: 'a draft of a person' },
    pasted: { status: 'idle', input: 'text', evidence: /./ },
    permission: { status: 'waiting_user_answer', input: 'none', evidence: /proceed\?/ },
    processing: { status: 'processing', input: 'empty', evidence: /esc to interrupt/ },
    error: { status: 'idle', input: 'empty' },
    'ask-user-question': { status: 'waiting_user_answer', input: 'none' },
    'background-task': { status: 'idle', input: 'empty' },
    'error-401-final': { status: 'idle' },
    'error-529-retrying': { status: 'processing' },
    'permission-mcp': { status: 'waiting_user_answer', input: 'none' },
    'onboard-2': { status: 'waiting_user_answer', input: 'none' },
    plan: { status: 'idle' },
    queued: { status: 'processing' },
    subagent: { status: 'processing' },
  },
  start: started,
  prompt: (prompt) => hook('UserPromptSubmit', { prompt }),
  stop: (answer) => hook('Stop', { last_assistant_message: answer, background_tasks: [] }),
  fail: (error) => hook('StopFailure', { error }),
  asks: (tool, input) => hook('PermissionRequest', { tool_name: tool, tool_input: input }),
  log: {
    lines: transcript('2.1.197').slice(0, 3),
    prompts: ['hello [[chunks 10 100]] [[say This is *it*.\n\n- a\n- b]]'],
    lastAnswer: 'This is *it*.\n\n- a\n- b',
  },
});

describe('the launch of Claude Code', () => {
  const plan = (change: Partial<typeof launchInput>) => claudeCode.launch({ ...launchInput, ...change });
  const flag = (argv: readonly string[], name: string) => argv[argv.indexOf(name) + 1];
  const developer = ['@builtin', 'fs_*', 'execute_bash', 'web_fetch', '@cao-mcp-server'];

  test('takes away every tool that no word names', () => {
    const { argv } = plan({ tools: ['fs_read', 'fs_list', '@cao-mcp-server'] });
    const denied = flag(argv, '--disallowedTools')?.split(',');
    expect(denied).toEqual(
      expect.arrayContaining(['Bash', 'Edit', 'Write', 'NotebookEdit', 'WebFetch', 'Agent']),
    );
    expect(denied).not.toContain('Read');
    expect(flag(argv, '--allowedTools')).toBe('mcp__cao-mcp-server');
    expect(plan({ tools: developer }).argv).not.toContain('--disallowedTools');
  });

  test('keeps the servers of the user away unless the tools ask for them', () => {
    expect(plan({ tools: developer }).argv).toContain('--strict-mcp-config');
    expect(plan({ tools: ['*'] }).argv).not.toContain('--strict-mcp-config');
    expect(plan({ tools: [...developer, '@jira'] }).argv).not.toContain('--strict-mcp-config');
  });

  test('adds the servers of the profile that the tools name, and puts its own in the place of a namesake', () => {
    const mcpServers = {
      jira: { command: 'jira' },
      other: { command: 'other' },
      'cao-mcp-server': { command: 'old' },
    };
    const { files } = plan({
      profile: { ...launchInput.profile, mcpServers },
      tools: ['@jira', '@cao-mcp-server'],
    });
    const config = JSON.parse(files.find((file) => file.path === 'mcp.json')?.content ?? '');
    expect(Object.keys(config.mcpServers)).toEqual(['jira', 'cao-mcp-server']);
    expect(config.mcpServers['cao-mcp-server']).toMatchObject({
      type: 'http',
      headers: { Authorization: `Bearer \${CAO_TERMINAL_TOKEN}` },
    });
  });

  test('skips permissions only when told to, for root in what it calls a sandbox', () => {
    expect(plan({}).argv).not.toContain('--dangerously-skip-permissions');
    expect(plan({ yolo: true }).env).not.toHaveProperty('IS_SANDBOX');
    const root = plan({ yolo: true, asRoot: true });
    expect(root.argv).toContain('--dangerously-skip-permissions');
    expect(root.env).toMatchObject({ IS_SANDBOX: '1' });
  });

  test('leaves login and configuration of the user alone', () => {
    const { env, unsetEnv } = plan({});
    for (const name of ['CLAUDE_CONFIG_DIR', 'HOME', 'ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN']) {
      expect(Object.keys(env)).not.toContain(name);
      expect(unsetEnv).not.toContain(name);
    }
  });

  test('quotes a folder that has a quote in its name', () => {
    const settings = JSON.parse(plan({}).files.find((file) => file.path === 'settings.json')?.content ?? '');
    expect(settings.hooks.SessionStart[0].hooks[0].command).toBe(
      `sh '/home/u/it'\\''s private/session-start.sh'`,
    );
  });
});

describe('the status of Claude Code', () => {
  const working = [...started, recorded('UserPromptSubmit')];

  test('is idle only when both the session began and the box is drawn, in any order', () => {
    const [box, start] = started as [Signal, Signal];
    expect(stateAfter(start)).toMatchObject({ status: 'starting', ready: false });
    expect(stateAfter(box)).toMatchObject({ status: 'starting', ready: false });
    expect(stateAfter(start, box)).toMatchObject({ status: 'idle', ready: true });
    expect(stateAfter(box, start)).toMatchObject({ status: 'idle', ready: true });
  });

  test('is not changed by what a sub-agent, a note or a second SessionStart says', () => {
    for (const name of ['SubagentStop', 'Notification:idle_prompt', 'SessionStart:resume']) {
      expect(stateAfter(...working, recorded(name)).status).toBe('processing');
    }
  });

  test('ends a turn whose work goes on in the background', () => {
    const step = claudeCode.next(stateAfter(...working), recorded('Stop:+bg'));
    expect(step.effects).toMatchObject([{ kind: 'turn_ended', background: true }]);
    expect(claudeCode.next(step.state, recorded('UserPromptSubmit:own')).effects).toEqual([]);
  });

  test('leaves a turn at Esc when the screen says so, and not for an older word on the screen', () => {
    expect(stateAfter(...working, screen('interrupted')).status).toBe('processing');
    const step = claudeCode.next(stateAfter(...working, screen('processing')), screen('interrupted'));
    expect(step.state.status).toBe('idle');
    expect(step.effects).toMatchObject([{ kind: 'turn_ended', answer: null, error: 'interrupted' }]);
  });

  test('leaves a turn at Esc when the transcript says so of this very turn', () => {
    const line = (text: string): Signal => ({
      source: 'log',
      line: JSON.stringify({ type: 'user', message: { role: 'user', content: [{ type: 'text', text }] } }),
    });
    const first = [...started, hook('UserPromptSubmit', { prompt: 'one' }), line('one')];
    expect(stateAfter(...first, line('[Request interrupted by user]')).status).toBe('idle');
    const second = [...first, hook('Stop', {}), hook('UserPromptSubmit', { prompt: 'two' })];
    expect(stateAfter(...second, line('[Request interrupted by user]')).status).toBe('processing');
  });

  test('leaves a question at "No" once the dialog was seen and is gone', () => {
    const asking = [...working, recorded('PermissionRequest')];
    expect(stateAfter(...asking, screen('completed')).status).toBe('waiting_user_answer');
    expect(stateAfter(...asking, screen('permission'), screen('denied')).status).toBe('idle');
    expect(stateAfter(...asking, screen('permission'), screen('processing'))).toMatchObject({
      status: 'processing',
      approval: null,
    });
  });

  test('goes on after a "No" by its hook, also when the box is seen before the turn is', () => {
    const asking = [...working, recorded('PermissionRequest'), screen('permission')];
    const step = claudeCode.next(stateAfter(...asking), screen('completed'));
    expect(step).toMatchObject({ state: { status: 'processing', approval: null }, effects: [] });
    expect(claudeCode.next(step.state, recorded('Stop')).state.status).toBe('completed');
  });

  test('comes back to what it was when a dialog goes that no hook told of', () => {
    const done = [...working, recorded('Stop')];
    expect(stateAfter(...done, screen('permission'))).toMatchObject({ status: 'waiting_user_answer' });
    expect(stateAfter(...done, screen('permission'), screen('completed')).status).toBe('completed');
  });

  test('says that it tries again while the row of its spinner counts the attempts', () => {
    const trying = stateAfter(...working, screen('error-529-retrying', '2.1.197'));
    expect(trying).toMatchObject({ status: 'processing', retries: expect.stringContaining('attempt 4/10') });
    expect(stateAfter(...working, screen('processing')).retries).toBeNull();
  });

  test('knows a prompt again that a newer version put into tags', () => {
    const prompt = String(
      payloads.find((payload) => payload.name === 'UserPromptSubmit:pasted')?.body.prompt,
    );
    expect(
      claudeCode.submit.isSamePrompt(prompt, 'hello [[chunks 10 100]] [[say This is *it*.\n\n- a\n- b]]'),
    ).toBe(true);
  });

  test('is read again after an absence', () => {
    const tail = transcript('2.1.330');
    const again = (name: string, logTail: readonly string[]) => {
      const fixture = screens.find((each) => each.name === name && each.version === '2.1.330');
      return claudeCode.reconcile({ screen: screenOf(fixture?.ansi ?? ''), logTail }).status;
    };
    expect(again('idle', [])).toBe('idle');
    expect(again('completed', tail)).toBe('completed');
    expect(again('processing', tail)).toBe('processing');
    expect(again('permission', tail)).toBe('waiting_user_answer');
  });

  test.each([
    ['2.1.197', 'finished'],
    // Its last turn was interrupted.
    ['2.1.330', null],
  ])('is told by transcripts of %s: prompts, no notes, the last answer', (version, answer) => {
    const { prompts, lastAnswer } = claudeCode.log;
    const { isSamePrompt } = claudeCode.submit;
    const first = 'hello [[chunks 10 100]] [[say This is *it*.\n\n- a\n- b]]';
    expect(isSamePrompt(prompts(transcript(version))[0] ?? '', first)).toBe(true);
    expect(prompts(transcript(version)).filter((prompt) => /interrupted|command/.test(prompt))).toEqual([]);
    expect(lastAnswer(transcript(version))).toBe(answer);
  });
});

describe('the answers of Claude Code to its questions', () => {
  const asked = (tool: string, input: unknown = {}) => ({ tool, input });

  test('the hook that announces a question may be held for its answer', () => {
    const working = stateAfter(...started, hook('UserPromptSubmit', { prompt: 'x' }));
    const step = claudeCode.next(working, hook('PermissionRequest', { tool_name: 'Bash', tool_input: {} }));
    expect(step).toMatchObject({ holds: true, state: { approval: { tool: 'Bash' } } });
    expect(claudeCode.next(working, hook('PostToolUse', { tool_name: 'Bash' })).holds).toBeUndefined();
  });

  test.each([
    ['a tool', asked('Bash'), { behavior: 'allow' }, ['1']],
    ['a plan, which takes no allow of a hook', asked('ExitPlanMode'), null, ['1']],
    ['a choice, which no allow decides', asked('AskUserQuestion'), null, []],
    [
      'a question that only the screen told',
      asked('', 'Do you want to proceed?'),
      { behavior: 'allow' },
      ['1'],
    ],
    ['a picker that somebody opened', asked('', 'Enter to select · Esc to cancel'), null, []],
  ] as const)('allows %s', (_, approval, decision, keys) => {
    const { reply, keys: pressed } = claudeCode.answer('allow', approval);
    expect(pressed).toEqual(keys);
    expect(reply).toEqual(
      decision && { hookSpecificOutput: { hookEventName: 'PermissionRequest', decision } },
    );
  });

  test.each(['Bash', 'ExitPlanMode', 'AskUserQuestion', ''])('denies %j by its hook, or by Esc', (tool) => {
    expect(claudeCode.answer('deny', asked(tool))).toMatchObject({
      reply: { hookSpecificOutput: { decision: { behavior: 'deny' } } },
      keys: ['Escape'],
    });
  });
});
