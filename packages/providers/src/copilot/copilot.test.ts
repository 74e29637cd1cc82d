import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AgentState, Signal } from '../contract.ts';
import { screenOf } from '../testing/ansi-screen.ts';
import { launchInput, type ScreenFixture, testProvider } from '../testing/conformance.ts';
import { copilot } from './index.ts';

const at = (path: string) => new URL(`./fixtures/${path}`, import.meta.url);
const screens = readdirSync(at('screens/')).map(
  (name) => JSON.parse(readFileSync(at(`screens/${name}`), 'utf8')) as ScreenFixture,
);
const events = readFileSync(at('events-1.0.102.jsonl'), 'utf8').trim().split('\n');

const event = (type: string, data: Record<string, unknown> = {}): Signal => ({
  source: 'log',
  line: JSON.stringify({ type, data }),
});
const screenNamed = (name: string) => {
  const fixture = screens.find((each) => each.name === name);
  if (!fixture) throw new Error(`no screen ${name}`);
  return screenOf(fixture.ansi, fixture.title);
};
const screen = (name: string): Signal => ({
  source: 'screen',
  reading: copilot.readScreen(screenNamed(name)),
});
const run = (...signals: readonly Signal[]) => {
  let state: AgentState = copilot.initial;
  const effects = [];
  for (const signal of signals) {
    const step = copilot.next(state, signal);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
};
const started = [screen('idle')];
const prompt = (content: string) => event('user.message', { content });
const answer = (content: string) => event('assistant.message', { content, toolRequests: [] });
const asks = (tool: string, input: unknown, requestId = 'r') =>
  event('permission.requested', { requestId, permissionRequest: { kind: tool, ...(input as object) } });

testProvider(copilot, {
  screens,
  reads: {
    idle: { status: 'idle', input: 'empty' },
    completed: { status: 'idle', input: 'empty' },
    denied: { status: 'idle', input: 'empty' },
    interrupted: { status: 'idle', input: 'empty' },
    draft: { status: 'idle', input: 'text', inputText: 'a draft of a person' },
    pasted: { status: 'idle', input: 'text', inputText: '[Paste #1 - 30 lines]' },
    'pasted-large': {
      status: 'idle',
      input: 'text',
      inputText: '[Saved pasted content to workspace (39.1 KB) id=1]',
    },
    permission: { status: 'waiting_user_answer', input: 'none', evidence: /^Do you want to run .*\?$/ },
    'permission-write': { status: 'waiting_user_answer', input: 'none', evidence: /^Do you want to create/ },
    trust: { status: 'waiting_user_answer', input: 'none', evidence: /^Do you trust the files/ },
    loading: { status: 'unknown', evidence: /Loading/ },
    processing: { status: 'processing', input: 'empty', evidence: /Working/ },
    thinking: { status: 'processing', input: 'empty', evidence: /Working/ },
    error: { status: 'idle', input: 'empty' },
    'error-401': { status: 'idle', input: 'empty' },
    'error-429': { status: 'idle', input: 'empty' },
    'error-cut': { status: 'idle', input: 'empty' },
  },
  start: started,
  prompt,
  stop: answer,
  fail: (message) => event('session.error', { message }),
  asks,
  log: {
    lines: events.slice(0, 8),
    prompts: ['Hello [[say It is *this*.]]'],
    lastAnswer: 'It is *this*.',
  },
});

describe('the launch of Copilot', () => {
  const plan = (change: Partial<typeof launchInput> = {}) => copilot.launch({ ...launchInput, ...change });
  const developer = ['@builtin', 'fs_*', 'execute_bash', 'web_fetch', '@cao-mcp-server'];
  const reviewer = ['@builtin', 'fs_read', 'fs_list', '@cao-mcp-server'];
  /** The words behind a flag, up to the next one. */
  const wordsAfter = (argv: readonly string[], flag: string) => {
    const rest = argv.slice(argv.indexOf(flag) + 1);
    const end = rest.findIndex((word) => word.startsWith('--'));
    return argv.includes(flag) ? rest.slice(0, end < 0 ? undefined : end) : [];
  };

  test("answers the question of the folder on top of a copy of the user's login", () => {
    const { env, copies, unsetEnv } = plan();
    expect(env.COPILOT_HOME).toBe(`${launchInput.dir}/copilot`);
    expect(copies).toEqual([
      {
        path: 'copilot/config.json',
        source: '/home/u/.copilot/config.json',
        add: { trustedFolders: ['/home/u/work'] },
      },
    ]);
    // It would answer that question too, and every other one.
    expect(unsetEnv).toContain('COPILOT_ALLOW_ALL');
  });

  test('knows from birth where its log will lie', () => {
    expect(plan().logPath).toBe(
      `${launchInput.dir}/copilot/session-state/${launchInput.nativeSessionId}/events.jsonl`,
    );
    expect(wordsAfter(plan().argv, '--session-id')).toEqual([launchInput.nativeSessionId]);
  });

  test('keeps its conversations where they outlive the terminal, and goes on with one by its id', () => {
    const resumed = plan({ resume: true });
    expect(wordsAfter(resumed.argv, '--session-id')).toEqual([launchInput.nativeSessionId]);
    expect(resumed.links).toContainEqual({
      path: 'copilot/session-state',
      target: `${launchInput.keepDir}/session-state`,
    });
  });

  test('offers what the words name and nothing else, also when nothing is to be asked', () => {
    for (const yolo of [false, true]) {
      const offered = wordsAfter(plan({ tools: reviewer, yolo }).argv, '--available-tools');
      expect(offered).toEqual(['view', 'glob', 'grep', 'skill', 'sql', 'update_todo', 'cao-mcp-server']);
      expect(plan({ tools: reviewer, yolo }).argv.includes('--allow-all')).toBe(yolo);
    }
    expect(wordsAfter(plan({ tools: developer }).argv, '--available-tools')).toContain('bash');
    expect(plan({ tools: ['*'] }).argv).not.toContain('--available-tools');
  });

  test("keeps the user's servers and GitHub's away unless the tools ask for some", () => {
    const links = (tools: readonly string[]) => plan({ tools }).links?.map(({ path }) => path);
    expect(links(developer)).not.toContain('copilot/mcp-config.json');
    expect(plan({ tools: developer }).argv).toContain('--disable-builtin-mcps');
    expect(links([...developer, '@jira'])).toContain('copilot/mcp-config.json');
    expect(links(['*'])).toContain('copilot/mcp-config.json');
    expect(plan({ tools: ['*'] }).argv).not.toContain('--disable-builtin-mcps');
  });

  test('lets the servers that the tools name run without a question, with a limit above our longest call', () => {
    const { argv, files } = plan({ tools: developer });
    expect(wordsAfter(argv, '--allow-tool')).toEqual(['cao-mcp-server']);
    const config = JSON.parse(files.find(({ path }) => path === 'mcp.json')?.content ?? '');
    expect(config.mcpServers['cao-mcp-server']).toMatchObject({
      headers: { Authorization: `Bearer ${launchInput.loopback.tokenMark}` },
      timeout: 290_000,
    });
  });

  test('says who it is in a file of instructions that always apply', () => {
    const { env, files } = plan();
    const file = files.find(({ path }) => path.endsWith('.instructions.md'));
    expect(file?.content).toBe('---\napplyTo: "**"\n---\nBe brief.\n');
    expect(env.COPILOT_CUSTOM_INSTRUCTIONS_DIRS).toBe(`${launchInput.dir}/instructions`);
  });
});

describe('the status of Copilot', () => {
  const working = [...started, prompt('do it')];

  test('is not ready while its servers are loaded, though it takes keys', () => {
    expect(run(screen('loading')).state).toMatchObject({ status: 'starting', ready: false });
    expect(run(screen('loading'), screen('idle')).state).toMatchObject({ status: 'idle', ready: true });
  });

  test('is ready after the question of the folder was answered', () => {
    expect(run(screen('trust')).state).toMatchObject({ status: 'waiting_user_answer', ready: false });
    expect(run(screen('trust'), screen('idle')).state).toMatchObject({
      status: 'idle',
      ready: true,
      approval: null,
    });
  });

  test('is told by its whole log', () => {
    const { state, effects } = run(...started, ...events.map((line): Signal => ({ source: 'log', line })));
    expect(state.status).toBe('error');
    const told = effects.flatMap((effect) =>
      effect.kind === 'turn_ended' ? [effect.error ?? effect.answer] : [],
    );
    expect(told).toEqual([
      'It is *this*.',
      'poked',
      'made',
      'interrupted',
      'interrupted',
      expect.stringMatching(/^Authentication failed .*\(HTTP 401\)/),
    ]);
    expect(effects.filter((effect) => effect.kind === 'accepted')).toHaveLength(6);
    expect(effects.findLast((effect) => effect.kind === 'usage')).toMatchObject({
      usage: { input_tokens: 60, output_tokens: 30, cost_usd: null, model: 'fake-model' },
    });
  });

  test('asks as long as the request that it asks about is open', () => {
    const asking = [...working, asks('shell', { fullCommandText: 'rm x' }, 'mine')];
    const done = (requestId: string) => run(...asking, event('permission.completed', { requestId })).state;
    expect(done('another').status).toBe('waiting_user_answer');
    expect(done('mine')).toMatchObject({ status: 'processing', approval: null });
  });

  test('does not take the last frame of an answered dialog for a new one', () => {
    const answered = [...working, asks('shell', {}), event('permission.completed', { requestId: 'r' })];
    expect(run(...answered, screen('permission')).state.status).toBe('processing');
  });

  test('comes back to what it was when a dialog goes that the log told nothing of', () => {
    const done = [...working, answer('done')];
    expect(run(...done, screen('permission')).state.status).toBe('waiting_user_answer');
    expect(run(...done, screen('permission'), screen('completed')).state).toMatchObject({
      status: 'completed',
      approval: null,
    });
  });

  test('goes on after an answer when another message was waiting', () => {
    expect(run(...working, answer('done'), event('assistant.turn_start')).state.status).toBe('processing');
  });

  test('is not ended by what a sub-agent says, nor twice', () => {
    const sub = event('assistant.message', { content: 'x', toolRequests: [], parentToolCallId: 'call' });
    expect(run(...working, sub).state.status).toBe('processing');
    expect(run(...working, answer('done'), event('abort')).state.status).toBe('completed');
  });

  test('is read again after an absence, and followed by the screen until the log speaks', () => {
    const again = (name: string, logTail: readonly string[]) =>
      copilot.reconcile({ screen: screenNamed(name), logTail });
    expect(again('idle', []).status).toBe('idle');
    expect(again('completed', events).status).toBe('completed');
    expect(again('permission', events).status).toBe('waiting_user_answer');
    const busy = again('processing', events);
    expect(busy.status).toBe('processing');
    expect(copilot.next(busy, screen('completed')).state.status).toBe('idle');
  });
});

describe('what is typed into Copilot', () => {
  const { escape: escaped, isOurs, isSamePrompt } = copilot.submit;

  test('is no command: a blank in front of `/`, and of `!`, which blanks do not stop, what is none', () => {
    expect(escaped('/help')).toBe(' /help');
    expect(escaped('&run')).toBe(' &run');
    expect(escaped('!ls')).toBe('\u2060!ls');
    expect(escaped(' !ls')).toBe('\u2060 !ls');
    expect(isSamePrompt('\u2060!ls', escaped('!ls'))).toBe(true);
  });

  test('keeps a last word that would open a list from being completed', () => {
    expect(escaped('look at @src')).toBe('look at @src ');
    expect(escaped('see #12')).toBe('see #12 ');
    expect(escaped('mail a@b')).toBe('mail a@b');
  });

  test('is known again by its lines or its size', () => {
    expect(isOurs('[Paste #1 - 30 lines]', 'x\n'.repeat(30))).toBe(true);
    expect(isOurs('[Paste #1 - 30 lines]', 'x\n'.repeat(33))).toBe(false);
    expect(isOurs('[Saved pasted content to workspace (39.1 KB) id=1]', 'x'.repeat(40_000))).toBe(true);
    expect(isOurs('[Saved pasted content to workspace (39.1 KB) id=1]', 'x'.repeat(41_000))).toBe(false);
  });
});

test.each([
  ['Authentication failed with provider at http://x/v1 (HTTP 401).', 'not_logged_in'],
  ['Failed to get response from the AI model; retried 5 times Last error: 429 slow down', 'rate_limited'],
  ['Failed to get response from the AI model; retried 5 times Last error: 500 boom', 'model_error'],
])('an error of Copilot, %s, is %s', (error, kind) => {
  expect(copilot.failure(error).kind).toBe(kind);
});

test('a login of Copilot is a token, an account in its file, or not to be known', () => {
  const login = (files: Record<string, string>, env: Record<string, string> = {}) =>
    copilot.detect.login({ env, homeFile: (path) => files[path] ?? null });
  expect(login({})).toBe('logged_out');
  expect(login({ '.copilot/config.json': '// x\n{"loggedInUsers":[{"login":"a"}]}' })).toBe('logged_in');
  expect(login({ '.copilot/config.json': '{"firstLaunchAt":"x"}' })).toBe('logged_out');
  expect(login({ '.config/gh/hosts.yml': 'github.com:' })).toBe('unknown');
  expect(login({}, { GH_TOKEN: 'x' })).toBe('logged_in');
  expect(copilot.detect.parse('GitHub Copilot CLI 1.0.102.\nRun ...')).toBe('1.0.102');
});
