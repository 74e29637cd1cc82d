import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AgentState, Signal } from '../contract.ts';
import { screenOf } from '../testing/ansi-screen.ts';
import { launchInput, type ScreenFixture, testProvider } from '../testing/conformance.ts';
import { codex } from './index.ts';
import { onlyServers } from './tools.ts';

const at = (path: string) => new URL(`./fixtures/${path}`, import.meta.url);
const screens = readdirSync(at('screens/')).map(
  (name) => JSON.parse(readFileSync(at(`screens/${name}`), 'utf8')) as ScreenFixture,
);
const rollout = readFileSync(at('rollout-0.169.0.jsonl'), 'utf8').trim().split('\n');
const payloads = JSON.parse(readFileSync(at('hooks.json'), 'utf8')) as {
  name: string;
  body: Record<string, unknown>;
}[];

const hook = (name: string, body: Record<string, unknown> = {}): Signal => ({ source: 'hook', name, body });
const recorded = (name: string): Signal => {
  const found = payloads.find((payload) => payload.name === name);
  if (!found) throw new Error(`no payload ${name}`);
  return hook(String(found.body.hook_event_name), found.body);
};
const record = (payload: Record<string, unknown>): Signal => ({
  source: 'log',
  line: JSON.stringify({ type: 'event_msg', payload }),
});
const screenNamed = (name: string) => {
  const fixture = screens.find((each) => each.name === name);
  if (!fixture) throw new Error(`no screen ${name}`);
  return screenOf(fixture.ansi, fixture.title);
};
const screen = (name: string): Signal => ({ source: 'screen', reading: codex.readScreen(screenNamed(name)) });
const run = (...signals: readonly Signal[]) => {
  let state: AgentState = codex.initial;
  const effects = [];
  for (const signal of signals) {
    const step = codex.next(state, signal);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
};
const started = [screen('idle')];
const complete = (turn: string, message: string | null) =>
  record({ type: 'task_complete', turn_id: turn, last_agent_message: message });

testProvider(codex, {
  screens,
  reads: {
    idle: { status: 'idle', input: 'empty', evidence: /^Ready$/ },
    completed: { status: 'idle', input: 'empty' },
    denied: { status: 'idle', input: 'empty', evidence: /interrupted/ },
    'denied-mcp': { status: 'idle', input: 'empty' },
    interrupted: { status: 'idle', input: 'empty', evidence: /interrupted/ },
    draft: { status: 'idle', input: 'text', inputText: 'a draft of a person' },
    pasted: { status: 'idle', input: 'text' },
    'pasted-large': { status: 'idle', input: 'text', inputText: '[Pasted Content 5000 chars]' },
    permission: { status: 'waiting_user_answer', input: 'none', evidence: /Would you like to run/ },
    'permission-mcp': {
      status: 'waiting_user_answer',
      input: 'none',
      evidence: /Allow the users MCP server/,
    },
    processing: { status: 'processing', input: 'empty', evidence: /Working/ },
    thinking: { status: 'processing', input: 'empty', evidence: /Working/ },
    error: { status: 'idle', input: 'empty' },
    'error-401': { status: 'idle', input: 'empty' },
    'error-429': { status: 'idle', input: 'empty' },
    'error-cut': { status: 'idle', input: 'empty' },
    login: { status: 'waiting_user_answer', input: 'none' },
  },
  start: started,
  prompt: (prompt) => hook('UserPromptSubmit', { prompt, turn_id: 't' }),
  stop: (answer) => complete('t', answer),
  fail: (message) =>
    record({ type: 'task_complete', turn_id: 't', last_agent_message: null, error: { message } }),
  asks: (tool, input) => hook('PermissionRequest', { tool_name: tool, tool_input: input, turn_id: 't' }),
  log: {
    lines: rollout.slice(0, rollout.findIndex((line) => line.includes('"task_complete"')) + 1),
    prompts: ['Poke [[call users/poke {"what":"x"}]] [[say finished]]'],
    lastAnswer: 'finished',
  },
});

describe('the launch of Codex', () => {
  const plan = (change: Partial<typeof launchInput>) => codex.launch({ ...launchInput, ...change });
  const config = (change: Partial<typeof launchInput>) =>
    plan(change).files.find((file) => file.path === 'codex/cao.config.toml')?.content ?? '';
  const developer = ['@builtin', 'fs_*', 'execute_bash', 'web_fetch', '@cao-mcp-server'];
  const reviewer = ['@builtin', 'fs_read', 'fs_list', '@cao-mcp-server'];

  test('takes login and settings of the user through links, into a home that takes the writes', () => {
    const { env, links } = plan({});
    expect(env.CODEX_HOME).toBe(`${launchInput.dir}/codex`);
    expect(links).toContainEqual({ path: 'codex/auth.json', target: '/home/u/.codex/auth.json' });
    expect(links).toContainEqual({ path: 'codex/config.toml', target: '/home/u/.codex/config.toml' });
  });

  test('answers every question of a first start, and starts nothing that outlives it', () => {
    const text = config({});
    expect(text).toContain('check_for_update_on_startup = false');
    expect(text).toContain('projects = { "/home/u/work" = { "trust_level" = "trusted" } }');
    expect(text).toContain('"daemon_auto_start" = false');
    expect(plan({}).argv).toContain('--dangerously-bypass-hook-trust');
  });

  test('keeps the system prompt out of the arguments, whatever is in it', () => {
    const systemPrompt = 'line\n"quoted" \\ back\u007f 漢字 '.repeat(1000);
    const input = { profile: { ...launchInput.profile, systemPrompt } };
    expect(plan(input).argv.join(' ').length).toBeLessThan(200);
    const line = config(input)
      .split('\n')
      .find((each) => each.startsWith('developer_instructions'));
    // A basic string of TOML is one of JSON as long as no control character stands in it as it is.
    expect(line).not.toMatch(/[\u0000-\u001f\u007f]/);
    expect(JSON.parse(line?.split(' = ')[1] ?? '')).toBe(systemPrompt.trim());
  });

  test('gives a reader a sandbox that nothing opens, also when nobody is to be asked', () => {
    for (const yolo of [false, true]) {
      const { argv, onlyAsked } = plan({ tools: reviewer, yolo });
      expect(argv).not.toContain('--dangerously-bypass-approvals-and-sandbox');
      expect(onlyAsked?.join()).toMatch(/^execute_bash: .*write nothing$/);
      expect(config({ tools: reviewer, yolo })).toContain('sandbox_mode = "read-only"');
      expect(config({ tools: reviewer, yolo })).toContain('approval_policy = "never"');
      expect(config({ tools: reviewer, yolo })).toContain('web_search = "disabled"');
    }
  });

  test('takes the shell from one that may not even read', () => {
    expect(config({ tools: ['@cao-mcp-server'] })).toContain('"shell_tool" = false, "unified_exec" = false');
    expect(config({ tools: developer })).not.toContain('shell_tool');
  });

  test('opens everything only to one with all tools that was told to', () => {
    expect(plan({ tools: developer, yolo: true }).argv).toContain(
      '--dangerously-bypass-approvals-and-sandbox',
    );
    expect(plan({ tools: developer }).argv).not.toContain('--dangerously-bypass-approvals-and-sandbox');
    expect(config({ tools: developer })).toContain('sandbox_mode = "workspace-write"');
  });

  test("brings the profile's servers that the tools name, in Codex's words", () => {
    const mcpServers = {
      jira: { type: 'http', url: 'http://jira', headers: { a: 'b' }, timeout: 5000 },
      other: { command: 'other' },
    };
    const text = config({
      profile: { ...launchInput.profile, mcpServers },
      tools: ['@jira', '@cao-mcp-server'],
    });
    expect(text).toContain(
      '"jira" = { "url" = "http://jira", "http_headers" = { "a" = "b" }, "tool_timeout_sec" = 5',
    );
    expect(text).not.toContain('other');
    expect(text).toContain('"bearer_token_env_var" = "CAO_TERMINAL_TOKEN", "required" = true');
  });

  test('puts a guard before MCP tools unless the tools ask for servers that it does not bring', () => {
    const guarded = (tools: readonly string[]) =>
      plan({ tools }).files.some(({ path }) => path === 'only-servers.sh');
    expect(guarded(developer)).toBe(true);
    expect(guarded([...developer, '@jira'])).toBe(false);
    expect(guarded(['*'])).toBe(false);
  });

  test.each([
    ['a tool of ours', { tool_name: 'mcp__cao_mcp_server__handoff', tool_input: {} }, true],
    ['a tool of another server', { tool_name: 'mcp__users__poke', tool_input: {} }, false],
    [
      'one whose arguments look like ours',
      { tool_name: 'mcp__users__poke', tool_input: { tool_name: 'mcp__cao_mcp_server__x' } },
      false,
    ],
    ['what it cannot read', { nothing: true }, false],
  ])('lets the guard decide about %s', (_, event, allowed) => {
    const said = execFileSync('sh', ['-c', onlyServers(['cao-mcp-server'])], {
      input: JSON.stringify(event),
    });
    expect(JSON.parse(String(said)).hookSpecificOutput?.permissionDecision).toBe(
      allowed ? undefined : 'deny',
    );
  });
});

describe('the status of Codex', () => {
  const working = [...started, recorded('SessionStart'), recorded('UserPromptSubmit')];
  const turn = String(payloads.find(({ name }) => name === 'UserPromptSubmit')?.body.turn_id);

  test('is unknown before the title says something, though the box is drawn', () => {
    const { rows, cols } = screenNamed('idle');
    const untitled = { rows, cols, cursor: { x: 0, y: 0 }, alternate: false, title: 'a-host' };
    expect(codex.readScreen(untitled).status).toBe('unknown');
    expect(run({ source: 'screen', reading: codex.readScreen(untitled) }).state).toMatchObject({
      status: 'starting',
      ready: false,
    });
  });

  test('tells with the first prompt where its log lies', () => {
    expect(run(...working).effects[0]).toMatchObject({
      kind: 'session',
      logPath: expect.stringMatching(/rollout-.*\.jsonl$/),
    });
  });

  test('does not end a turn by what is said late of the one before', () => {
    const { state, effects } = run(...working, complete('an older one', 'late'));
    expect(state.status).toBe('processing');
    expect(effects.at(-1)).toMatchObject({ kind: 'turn_ended', answer: 'late' });
  });

  test('asks nothing by a hook that comes after its turn', () => {
    const asks = hook('PermissionRequest', { tool_name: 'Bash', turn_id: turn });
    expect(run(...working, complete(turn, 'done'), asks).state.status).toBe('completed');
  });

  test('follows an approval: the dialog goes and work goes on', () => {
    const asking = [
      ...working,
      hook('PermissionRequest', { tool_name: 'Bash', tool_input: {}, turn_id: turn }),
    ];
    expect(run(...asking, screen('processing')).state.status).toBe('waiting_user_answer');
    expect(run(...asking, screen('permission'), screen('processing')).state).toMatchObject({
      status: 'processing',
      approval: null,
    });
    const ran = (tool: string) => run(...asking, hook('PostToolUse', { tool_name: tool })).state.status;
    expect(ran('Bash')).toBe('processing');
    expect(ran('mcp__cao_mcp_server__wait_task')).toBe('waiting_user_answer');
  });

  test('is idle after Esc, by the log', () => {
    const { state, effects } = run(
      ...working,
      record({ type: 'turn_aborted', turn_id: turn, reason: 'interrupted' }),
    );
    expect(state.status).toBe('idle');
    expect(effects.at(-1)).toMatchObject({ kind: 'turn_ended', error: 'interrupted' });
  });

  test('is ready after a question of its start was answered', () => {
    expect(run(screen('login')).state).toMatchObject({ status: 'waiting_user_answer', ready: false });
    expect(run(screen('login'), screen('idle')).state).toMatchObject({ status: 'idle', ready: true });
  });

  test('hears a whole log: the turns, their ends, what was used', () => {
    const { state, effects } = run(...started, ...rollout.map((line): Signal => ({ source: 'log', line })));
    expect(state.status).toBe('error');
    expect(effects.flatMap((effect) => (effect.kind === 'turn_ended' ? [effect.error] : []))).toEqual([
      null,
      null,
      'interrupted',
      expect.stringMatching(/high demand.*\(internal_server_error\)$/),
      expect.stringMatching(/401 Unauthorized/),
      expect.stringMatching(/stream disconnected/),
    ]);
    expect(effects.findLast((effect) => effect.kind === 'usage')).toEqual({
      kind: 'usage',
      usage: { input_tokens: 40, output_tokens: 20, cached_tokens: 0, cost_usd: null, model: 'fake-model' },
    });
  });

  test('is read again after an absence', () => {
    const again = (name: string, logTail: readonly string[]) =>
      codex.reconcile({ screen: screenNamed(name), logTail }).status;
    expect(again('idle', [])).toBe('idle');
    expect(again('completed', rollout)).toBe('completed');
    expect(again('processing', rollout)).toBe('processing');
    expect(again('permission', rollout)).toBe('waiting_user_answer');
    expect(codex.log.lastAnswer(rollout.slice(0, -1))).toBeNull();
  });
});

describe('what is typed into Codex', () => {
  const { escape: escaped, isOurs } = codex.submit;

  test('keeps a last word that would open a list from being completed', () => {
    expect(escaped('look at @src')).toBe('look at @src ');
    expect(escaped('use $ima')).toBe('use $ima ');
    expect(escaped('mail a@b')).toBe('mail a@b');
  });

  test('is known again where a long paste is shown by its length', () => {
    expect(isOurs('[Pasted Content 1600 chars]', '漢字é😀'.repeat(400))).toBe(true);
    expect(isOurs('[Pasted Content 1601 chars]', '漢字é😀'.repeat(400))).toBe(false);
    expect(isOurs('[Pasted Content 1600 chars] and more', '漢字é😀'.repeat(400))).toBe(false);
  });
});

test.each([
  ['unexpected status 401 Unauthorized: bad key', 'not_logged_in'],
  ['exceeded retry limit, last status: 429 Too Many Requests', 'rate_limited'],
  ["You've hit your usage limit. (usage_limit_exceeded)", 'quota_exhausted'],
  ['stream disconnected before completion', 'model_error'],
])('an error of Codex, %s, is %s', (error, kind) => {
  expect(codex.failure(error).kind).toBe(kind);
});

test('a login of Codex is a key, its file, or not to be known', () => {
  const login = (files: Record<string, string>, env: Record<string, string> = {}) =>
    codex.detect.login({ env, homeFile: (path) => files[path] ?? null });
  expect(login({})).toBe('logged_out');
  expect(login({ '.codex/auth.json': '{}' })).toBe('logged_in');
  expect(login({}, { OPENAI_API_KEY: 'x' })).toBe('logged_in');
  expect(login({ '.codex/config.toml': 'model_provider = "azure"' })).toBe('unknown');
});
