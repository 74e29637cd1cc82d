import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AgentState, Effect, Signal } from '../contract.ts';
import { screenOf } from '../testing/ansi-screen.ts';
import { launchInput, type ScreenFixture, testProvider } from '../testing/conformance.ts';
import { workdirKey } from './home.ts';
import { kimi } from './index.ts';

type Body = Record<string, unknown>;

const at = (path: string) => new URL(`./fixtures/${path}`, import.meta.url);
const screens = readdirSync(at('screens/')).map(
  (name) => JSON.parse(readFileSync(at(`screens/${name}`), 'utf8')) as ScreenFixture,
);
const payloads = JSON.parse(readFileSync(at('hooks.json'), 'utf8')) as { name: string; body: Body }[];
const wire = readFileSync(at('wire-2.1.0.jsonl'), 'utf8').trim().split('\n');

const hook = (name: string, body: Body = {}): Signal => ({ source: 'hook', name, body });
const line = (entry: Body): Signal => ({ source: 'log', line: JSON.stringify(entry) });
const screen = (name: string): Signal => ({ source: 'screen', reading: kimi.readScreen(pane(name)) });
const pane = (name: string) => {
  const fixture = screens.find((each) => each.name === name);
  if (!fixture) throw new Error(`no screen ${name}`);
  return screenOf(fixture.ansi);
};
const recorded = (name: string, change: Body = {}): Signal => {
  const found = payloads.find((payload) => payload.name === name);
  if (!found) throw new Error(`no payload ${name}`);
  return hook(String(found.body.hook_event_name), { ...found.body, ...change });
};
const run = (...signals: readonly Signal[]) => {
  let state: AgentState = kimi.initial;
  const effects: Effect[] = [];
  for (const signal of signals) {
    const step = kimi.next(state, signal);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
};
const ends = (effects: readonly Effect[]) => effects.filter((effect) => effect.kind === 'turn_ended');
const turnEnded = (turnId: number, reason = 'completed') => line({ type: 'turn.ended', turnId, reason });

testProvider(kimi, {
  screens,
  reads: {
    idle: { status: 'idle', input: 'empty' },
    completed: { status: 'idle', input: 'empty' },
    denied: { status: 'idle', input: 'empty' },
    interrupted: { status: 'idle', input: 'empty', evidence: /Interrupted by user/ },
    draft: { status: 'idle', input: 'text', inputText: 'a draft of a person' },
    pasted: { status: 'idle', input: 'text', inputText: '[paste #1 +30 lines]' },
    permission: { status: 'waiting_user_answer', input: 'none', evidence: /Run this command\?/ },
    question: { status: 'waiting_user_answer', input: 'none' },
    trust: { status: 'waiting_user_answer', input: 'none', evidence: /Trust this folder\?/ },
    processing: { status: 'processing', input: 'empty', evidence: /Working/ },
    queued: { status: 'processing', input: 'empty', evidence: /Working/ },
    retrying: { status: 'processing', input: 'empty', evidence: /Retrying \(2\/3\)/ },
    subagent: { status: 'waiting_user_answer', input: 'none' },
    'subagent-done': { status: 'idle', input: 'empty' },
    error: { status: 'idle', input: 'empty' },
  },
  start: [screen('idle')],
  prompt: (text) => hook('UserPromptSubmit', { prompt: [{ type: 'text', text }], is_steer: false }),
  stop: () => turnEnded(0),
  answerInLog: true,
  fail: (message) => line({ type: 'turn.ended', turnId: 0, reason: 'failed', error: { message } }),
  asks: (tool, input) =>
    hook('PermissionRequest', { tool_name: tool, tool_input: input, tool_call_id: 'call' }),
  log: {
    lines: wire.slice(0, wire.findIndex((text) => text.includes('"turn.ended"')) + 1),
    prompts: ['hello [[chunks 10 100]] [[say This is *it*.\n\n- a\n- b]]'],
    lastAnswer: 'This is *it*.\n\n- a\n- b',
  },
});

describe('the launch of Kimi Code', () => {
  const plan = (change: Partial<typeof launchInput> = {}) => kimi.launch({ ...launchInput, ...change });
  const file = (path: string, change: Partial<typeof launchInput> = {}) =>
    plan(change).files.find((each) => each.path === path)?.content ?? '';
  const reviewer = ['@builtin', 'fs_read', 'fs_list', '@cao-mcp-server'];
  const developer = ['@builtin', 'fs_*', 'execute_bash', 'web_fetch', '@cao-mcp-server'];
  const denies = (tools: readonly string[]) => {
    const { hooks } = JSON.parse(file('home/cao/kimi.plugin.json', { tools }));
    const matcher = hooks.find((each: { event: string }) => each.event === 'PreToolUse')?.matcher;
    return (tool: string) => matcher !== undefined && new RegExp(matcher).test(tool);
  };

  test('has a home of its own, in which what is the user’s is a link', () => {
    const { env, links, argv } = plan();
    expect(env.KIMI_CODE_HOME).toBe(`${launchInput.dir}/home`);
    expect(links).toContainEqual({ path: 'home/config.toml', target: '/home/u/.kimi-code/config.toml' });
    // A folder: a file would be replaced by a copy when the token in it is renewed.
    expect(links).toContainEqual({ path: 'home/credentials', target: '/home/u/.kimi-code/credentials' });
    expect(plan().files.some(({ path }) => path === 'home/config.toml')).toBe(false);
    expect(argv).toEqual([launchInput.binaryPath]);
  });

  test('trusts the folder under the name that Kimi Code has for it', () => {
    // As 2.1.0 wrote it itself.
    expect(workdirKey('/tmp/kimi-x/work')).toBe('wd_work_07a7c9e35dcb');
    expect(workdirKey('/srv/My Project!/')).toMatch(/^wd_my-project_[0-9a-f]{12}$/);
    expect(workdirKey('/')).toMatch(/^wd_workspace_/);
    const name = `home/workspace-trust/${workdirKey(launchInput.cwd)}`;
    expect(JSON.parse(file(name))).toMatchObject({ root: launchInput.cwd });
  });

  test('offers no tool that no word names, and refuses it besides', () => {
    expect(file('home/agents/agent.md', { tools: reviewer })).toMatch(
      /^disallowedTools: \[Bash, .*Agent, .*Edit, Write, .*FetchURL/m,
    );
    const denied = denies(reviewer);
    for (const tool of ['Bash', 'Write', 'Agent', 'mcp__jira__create', 'mcp__cao-mcp-server2__x'])
      expect(denied(tool)).toBe(true);
    for (const tool of ['Read', 'Grep', 'BashOutput', 'mcp__cao-mcp-server__handoff', 'TodoList'])
      expect(denied(tool)).toBe(false);
    expect(denies(developer)('Bash')).toBe(false);
    expect(denies(['*'])('mcp__jira__create')).toBe(false);
  });

  test('asks nothing in yolo, and where nothing is left to ask about but our own tools', () => {
    expect(plan({ tools: developer }).argv).not.toContain('--yolo');
    expect(plan({ tools: reviewer }).argv).toContain('--yolo');
    expect(plan({ tools: developer, yolo: true }).argv).toContain('--auto');
  });

  test('adds the servers that the tools name, its own with the token from the environment', () => {
    const mcpServers = {
      jira: { type: 'http', url: 'http://localhost:1', timeout: 9 },
      other: { command: 'other' },
    };
    const profile = { ...launchInput.profile, mcpServers };
    const { mcpServers: given } = JSON.parse(
      file('home/mcp.json', { profile, tools: [...reviewer, '@jira'] }),
    );
    expect(given).toEqual({
      jira: { transport: 'http', url: 'http://localhost:1', toolTimeoutMs: 9 },
      'cao-mcp-server': {
        transport: 'http',
        url: launchInput.loopback.mcpUrl,
        bearerTokenEnvVar: 'CAO_TERMINAL_TOKEN',
        toolTimeoutMs: 290_000,
      },
    });
  });

  test('writes hooks that have the four keys which 2.1.0 knows, and no other', () => {
    const { hooks } = JSON.parse(file('home/cao/kimi.plugin.json', { tools: reviewer }));
    for (const each of hooks)
      expect(['event', 'matcher', 'command', 'timeout']).toEqual(expect.arrayContaining(Object.keys(each)));
    expect(hooks[0].command).toBe(`sh '/home/u/it'\\''s private/home/cao/tell.sh'`);
    // What a hook prints goes to the model.
    expect(file('home/cao/tell.sh')).toContain('>/dev/null');
  });

  test('keeps the words of a system prompt that look like variables of Kimi Code', () => {
    const profile = { ...launchInput.profile, systemPrompt: `Use \${cwd}.` };
    const text = file('home/agents/agent.md', { profile });
    expect(text.match(/\$\{\w+\}/g)).toEqual([`\${base_prompt}`]);
    expect(text.replaceAll('\u200b', '')).toContain(`Use \${cwd}.`);
  });
});

describe('the status of Kimi Code', () => {
  const begun = [screen('idle'), recorded('SessionStart'), recorded('UserPromptSubmit')];
  const working = [...begun, recorded('TurnStarted')];

  test('says where the log is with the first hook, whichever that is', () => {
    const logPath = `/home/u/private/home/sessions/${workdirKey('/home/u/projects')}`;
    for (const first of ['SessionStart', 'UserPromptSubmit', 'PermissionRequest']) {
      const [effect] = run(screen('idle'), recorded(first)).effects;
      expect(effect).toMatchObject({ kind: 'session', nativeId: expect.stringMatching(/^session_/) });
      expect(effect).toHaveProperty(
        'logPath',
        expect.stringMatching(new RegExp(`^${logPath}/session_.*wire`)),
      );
    }
    expect(run(...working).effects.filter((effect) => effect.kind === 'session')).toHaveLength(1);
    const other = run(...working, recorded('SessionStart', { session_id: 'session_new' }));
    expect(other.effects.filter((effect) => effect.kind === 'session')).toHaveLength(2);
  });

  test('leaves the end of a turn to the log, which has the answer', () => {
    expect(run(...working, recorded('Stop')).state.status).toBe('processing');
    const { state, effects } = run(...working, recorded('Stop'), turnEnded(0), screen('completed'));
    expect(state.status).toBe('completed');
    expect(ends(effects)).toHaveLength(1);
  });

  test.each([
    ['Stop', 'completed', null],
    ['StopFailure:APIStatusError', 'error', expect.any(String)],
    ['Interrupt', 'idle', 'interrupted'],
  ])('ends a turn by %s and the screen when the log is lost', (name, status, error) => {
    expect(run(...working, screen('completed')).state.status).toBe('processing');
    const { state, effects } = run(...working, recorded(name), screen('completed'));
    expect(state.status).toBe(status);
    expect(ends(effects)).toMatchObject([{ error }]);
    expect(ends(run(...working, recorded(name), screen('completed'), turnEnded(0)).effects)).toHaveLength(1);
  });

  test('ends a turn once, also when its beginning is heard behind its end', () => {
    const late = run(...begun, recorded('Stop'), screen('completed'), recorded('TurnStarted'), turnEnded(0));
    expect(late.state.status).toBe('completed');
    expect(ends(late.effects)).toHaveLength(1);
  });

  test('tells an interruption and an error as the log does', () => {
    expect(run(...working, turnEnded(0, 'cancelled'))).toMatchObject({
      state: { status: 'idle' },
      effects: expect.arrayContaining([expect.objectContaining({ error: 'interrupted' })]),
    });
    const failed = wire.find((text) => text.includes('"reason":"failed"') && text.includes('turn.ended'));
    const { state, effects } = run(...working, { source: 'log', line: failed ?? '' });
    expect(state.status).toBe('error');
    const [end] = ends(effects);
    expect(kimi.failure(String(end?.kind === 'turn_ended' && end.error)).kind).toBe('not_logged_in');
  });

  test('is not turned back by hooks that come late', () => {
    const asking = [...begun, recorded('PermissionRequest'), recorded('TurnStarted')];
    expect(run(...asking).state).toMatchObject({
      status: 'waiting_user_answer',
      approval: { tool: 'Bash', input: { command: 'touch by-key' } },
    });
    expect(run(...begun, turnEnded(0), recorded('TurnStarted')).state.status).toBe('completed');
  });

  test('takes no turn of a sub-agent for its own', () => {
    const { state, effects } = run(...working, turnEnded(0), recorded('TurnStarted:subagent'));
    expect(state.status).toBe('completed');
    const sub = run(...working, recorded('TurnStarted:subagent'), recorded('Stop'), screen('processing'));
    expect(sub.state.status).toBe('processing');
    expect([...ends(effects), ...ends(sub.effects)]).toHaveLength(1);
  });

  test('goes on after an answer, whichever it is, and for the call that was asked about only', () => {
    const asked = [...working, recorded('PermissionRequest')];
    const call = {
      tool_call_id: payloads.find(({ name }) => name === 'PermissionRequest')?.body.tool_call_id,
    };
    expect(run(...asked, recorded('PermissionResult:rejected', call)).state).toMatchObject({
      status: 'processing',
      approval: null,
    });
    const other = recorded('PermissionResult:approved', { tool_call_id: 'another' });
    expect(run(...asked, other).state.status).toBe('waiting_user_answer');
    expect(run(...asked, screen('permission'), screen('processing')).state.status).toBe('processing');
  });

  test('marks our own tools as granted, and answers them for the session', () => {
    const ours = run(
      ...working,
      recorded('PermissionRequest', { tool_name: 'mcp__cao-mcp-server__handoff' }),
    );
    expect(ours.state.approval).toMatchObject({ granted: true });
    // Nobody is waited for.
    expect(ours.state.status).toBe('processing');
    const shown = kimi.next(ours.state, screen('permission')).state;
    expect(shown).toMatchObject({ status: 'processing', approval: { granted: true } });
    expect(kimi.next(shown, screen('processing')).state).toMatchObject({
      status: 'processing',
      approval: null,
    });
    expect(kimi.answer('allow', ours.state.approval ?? { tool: '', input: null }).keys).toEqual(['2']);
    const { approval } = run(...working, recorded('PermissionRequest')).state;
    expect(approval).not.toHaveProperty('granted');
    expect(kimi.answer('allow', approval ?? { tool: '', input: null }).keys).toEqual(['1']);
  });

  test('sees a question of the agent, and comes back from a menu to what it was', () => {
    expect(run(...working, screen('question')).state.status).toBe('waiting_user_answer');
    expect(run(...working, screen('question'), screen('processing')).state.status).toBe('processing');
    expect(run(...working, turnEnded(0), screen('question'), screen('completed')).state.status).toBe(
      'completed',
    );
    expect(run(screen('trust'), screen('idle')).state).toMatchObject({ status: 'idle', approval: null });
  });

  test('adds up what the conversation used', () => {
    const used = (model: string) =>
      line({ type: 'usage.record', model, usage: { inputOther: 10, output: 20, inputCacheRead: 5 } });
    const { effects } = run(...working, used('k2'), used('k2'), turnEnded(0));
    expect(effects.findLast((effect) => effect.kind === 'usage')).toMatchObject({
      usage: { input_tokens: 30, output_tokens: 40, cached_tokens: 10, cost_usd: null, model: 'k2' },
    });
  });

  test('says that it tries again while the row of its work counts the attempts', () => {
    const trying = run(...working, screen('retrying')).state;
    expect(trying.retries).toMatch(/\(2\/3\) · APIProviderOverloadedError/);
    expect(run(...working, screen('retrying'), screen('processing')).state.retries).toBeNull();
    expect(run(...working, screen('retrying'), turnEnded(0)).state.retries).toBeNull();
  });

  test('is read again after an absence', () => {
    const first = wire.findIndex((text) => text.includes('"turn.ended"'));
    const again = (name: string, logTail: readonly string[]) =>
      kimi.reconcile({ screen: pane(name), logTail }).status;
    expect(again('idle', [])).toBe('idle');
    expect(again('completed', wire.slice(0, first + 1))).toBe('completed');
    expect(again('processing', wire.slice(0, first))).toBe('processing');
    expect(again('permission', wire.slice(0, first))).toBe('waiting_user_answer');
  });

  test('reads each prompt of a person from its log once, and no answer of a turn that was interrupted', () => {
    const cut = wire.findIndex((text) => text.includes('"cancelled"'));
    const prompts = kimi.log.prompts(wire);
    expect(prompts.filter((prompt) => prompt === 'a queued message')).toHaveLength(1);
    expect(kimi.log.lastAnswer(wire.slice(0, cut + 1))).toBeNull();
  });
});

describe('what is typed into Kimi Code', () => {
  const { escape: escaped, isOurs } = kimi.submit;

  test('is neither a command nor a shell, also behind blanks', () => {
    for (const text of ['/exit', ' /exit', '\n/exit', '!ls']) expect(escaped(text)).toMatch(/^\u200b/);
    expect(escaped('a /b')).toBe('a /b');
    expect(escaped('at the end \\')).toBe('at the end \\ ');
  });

  test('is known by the mark that a long paste gets', () => {
    const long = Array.from({ length: 30 }, (_, n) => `pasted line ${n}`).join('\n');
    expect(isOurs('[paste #1 +30 lines]', long)).toBe(true);
    expect(isOurs('[paste #1 +31 lines]', long)).toBe(false);
    expect(isOurs('[paste #2 6000 chars]', 'z\t'.repeat(1200))).toBe(true);
    expect(isOurs('[paste #2 1001 chars]', 'x'.repeat(1000))).toBe(false);
  });
});
