import type { Profile } from '@cao/contracts';
import { describe, expect, test } from 'vitest';
import type { LaunchInput, Provider, Signal } from '../contract.ts';
import { screenOf } from './ansi-screen.ts';

export interface ScreenFixture {
  readonly version: string;
  readonly name: string;
  readonly ansi: string;
  /** Title of the pane, for CLIs that say something there. */
  readonly title?: string;
}

/** What must be read off a screen; `null` leaves open what the input box holds. */
export interface ScreenExpectation {
  readonly status: string;
  readonly input?: 'empty' | 'text' | 'none';
  readonly inputText?: string;
  readonly evidence?: RegExp;
}

export interface ProviderCase {
  readonly screens: readonly ScreenFixture[];
  readonly reads: Readonly<Record<string, ScreenExpectation>>;
  /** Brings a new terminal to idle. */
  readonly start: readonly Signal[];
  readonly prompt: (text: string) => Signal | readonly Signal[];
  readonly stop: (answer: string) => Signal | readonly Signal[];
  readonly fail: (error: string) => Signal | readonly Signal[];
  readonly asks: (tool: string, input: unknown) => Signal | readonly Signal[];
  /** An error is told in a sentence that has its reason in it. */
  readonly errorHolds?: true;
  /** The end of a turn comes without the answer, which is read from the log. */
  readonly answerInLog?: true;
  /** Lines of a session log with the prompts and the last answer that are in it; null: it keeps none. */
  readonly log: {
    readonly lines: readonly string[];
    readonly prompts: readonly string[];
    readonly lastAnswer: string | null;
  } | null;
}

const profile: Profile = { name: 'developer', description: '', systemPrompt: 'Be brief.' };
export const launchInput: LaunchInput = {
  terminalId: 'a1b2c3d4',
  sessionName: 'cao-x',
  profile,
  tools: ['*'],
  yolo: false,
  cwd: '/home/u/work',
  dir: "/home/u/it's private",
  nativeSessionId: '11111111-2222-3333-4444-555555555555',
  resume: false,
  keepDir: '/home/u/keep',
  asRoot: false,
  binaryPath: '/usr/bin/cli',
  apiPort: 4096,
  home: '/home/u',
  loopback: {
    mcpUrl: 'http://127.0.0.1:9/mcp',
    hookUrl: 'http://127.0.0.1:9/hook',
    tokenEnv: 'CAO_TERMINAL_TOKEN',
    tokenMark: '%CAO_TERMINAL_TOKEN%',
  },
};

/** Pass → the worker-agent can run it. One suite for every provider. */
export function testProvider(provider: Provider, given: ProviderCase): void {
  const run = (signals: readonly (Signal | readonly Signal[])[]) => {
    let state = provider.initial;
    const effects = [];
    for (const signal of signals.flat()) {
      const step = provider.next(state, signal);
      state = step.state;
      effects.push(...step.effects);
    }
    return { state, effects };
  };

  describe(`${provider.id} as a provider`, () => {
    test('plans a launch by absolute path, with its files below the private folder', () => {
      const plan = provider.launch(launchInput);
      expect(plan.argv[0]).toBe(launchInput.binaryPath);
      for (const file of plan.files) expect(file.path).not.toMatch(/^\/|\.\./);
      expect(Object.keys(plan.env).filter((name) => plan.unsetEnv.includes(name))).toEqual([]);
      expect(plan.argv.join(' ')).not.toContain(launchInput.loopback.tokenMark);
    });

    test('plans the same from the same, and serialisably', () => {
      const plan = provider.launch(launchInput);
      expect(provider.launch(launchInput)).toEqual(plan);
      expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    });

    test('is not ready at birth, and idle after it said so', () => {
      expect(provider.initial).toMatchObject({ status: 'starting', ready: false, approval: null });
      expect(run(given.start).state).toMatchObject({ status: 'idle', ready: true });
    });

    test('tells of a taken prompt and of the end of its turn', () => {
      const { state, effects } = run([...given.start, given.prompt('do it'), given.stop('*done*')]);
      expect(state.status).toBe('completed');
      expect(effects.filter((effect) => effect.kind !== 'session' && effect.kind !== 'usage')).toEqual([
        { kind: 'accepted', prompt: 'do it' },
        {
          kind: 'turn_ended',
          answer: given.answerInLog ? null : '*done*',
          background: false,
          error: null,
        },
      ]);
    });

    test('calls a failed turn an error with its reason', () => {
      const { state, effects } = run([...given.start, given.prompt('do it'), given.fail('overloaded')]);
      expect(state.status).toBe('error');
      const error = given.errorHolds ? expect.stringContaining('overloaded') : 'overloaded';
      expect(effects.at(-1)).toMatchObject({ kind: 'turn_ended', error });
    });

    test('waits with the approval while it asks, and has none after the turn', () => {
      const asking = [...given.start, given.prompt('do it'), given.asks('Bash', { command: 'rm x' })];
      expect(run(asking).state).toMatchObject({
        status: 'waiting_user_answer',
        approval: { tool: 'Bash', input: { command: 'rm x' } },
      });
      expect(run([...asking, given.stop('done')]).state).toMatchObject({
        status: 'completed',
        approval: null,
      });
    });

    test('has a way to allow and to deny what it asks, and a reply for a hook that it lets be held', () => {
      let state = run([...given.start, given.prompt('do it')]).state;
      let holds = false;
      for (const signal of [given.asks('Bash', { command: 'rm x' })].flat()) {
        const step = provider.next(state, signal);
        state = step.state;
        holds ||= step.holds === true;
      }
      for (const decision of ['allow', 'deny'] as const) {
        const { reply, request, keys } = provider.answer(decision, state.approval!);
        expect(reply !== null || request !== undefined || keys.length > 0).toBe(true);
        if (holds) expect(reply).toMatchObject({});
      }
    });

    test('stands still at signals that it does not know', () => {
      const before = run(given.start).state;
      for (const signal of [
        { source: 'hook', name: 'NeverHeardOf', body: {} },
        { source: 'log', line: '{"half a li' },
        { source: 'log', line: 'null' },
        { source: 'api', body: {} },
        { source: 'api', body: { type: 'never.heard.of', properties: null } },
        { source: 'api', body: { path: '/never/heard/of', body: null } },
      ] as const) {
        expect(provider.next(before, signal)).toEqual({ state: before, effects: [] });
      }
    });

    test.each(given.screens.map((fixture) => [`${fixture.name} of ${fixture.version}`, fixture] as const))(
      'reads the screen %s',
      (_, { name, ansi, title }) => {
        const { evidence, ...expected } = given.reads[name] ?? {
          status: `a fixture without an expectation: ${name}`,
        };
        const reading = provider.readScreen(screenOf(ansi, title));
        expect(reading).toMatchObject(expected);
        if (evidence) expect(reading.evidence).toMatch(evidence);
      },
    );

    test('says unknown of a screen that is not its own, never idle', () => {
      for (const text of ['', '$ ls\nfile\n$ ', 'Segmentation fault (core dumped)']) {
        expect(provider.readScreen(screenOf(text)).status).toBe('unknown');
        expect(provider.reconcile({ screen: screenOf(text), logTail: [] }).status).toBe('unknown');
      }
    });

    test('escapes a prompt once, and knows it again after its own changes', () => {
      const { escape: escaped, isSamePrompt } = provider.submit;
      for (const text of [
        'plain',
        '/help me',
        '!ls',
        'tab\there\r\nand  more\n',
        'ends with \\',
        ' /x',
        '\n!x',
        '漢字',
      ]) {
        expect(escaped(escaped(text))).toBe(escaped(text));
        expect(
          isSamePrompt(text.replaceAll('\t', '    ').replaceAll('\r\n', '\n').trim(), escaped(text)),
        ).toBe(true);
        expect(isSamePrompt(`${text} and more`, escaped(text))).toBe(false);
      }
    });

    test('knows its own text in the input box, and a stranger there', () => {
      const { isOurs } = provider.submit;
      const long = Array.from({ length: 20 }, (_, n) => `line ${n}`).join('\n');
      expect(isOurs('line 0', 'line 0')).toBe(true);
      expect(isOurs('line 18\nline 19', long)).toBe(true);
      expect(isOurs('[Pasted text #3 +19 lines]', long)).toBe(true);
      expect(isOurs('[Pasted text #3 +18 lines]', long)).toBe(false);
      expect(isOurs('a draft [Pasted text #3 +19 lines]', long)).toBe(false);
      expect(isOurs('', long)).toBe(false);
      expect(isOurs('something else', long)).toBe(false);
    });

    const { log } = given;
    if (log)
      test('reads prompts and the last answer from its log, a half-written last line included', () => {
        const { lines, prompts, lastAnswer } = log;
        expect(provider.log?.prompts([...lines, '{"type":"us'])).toEqual(prompts);
        expect(provider.log?.lastAnswer([...lines, '{"type":"us'])).toBe(lastAnswer);
        expect(provider.log?.lastAnswer([])).toBeNull();
      });
    else
      test('keeps no log, and says so', () => {
        expect(provider.log).toBeNull();
      });
  });
}
