import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Profile } from '@cao/contracts';
import type { AgentState, Effect, Provider, Signal } from '@cao/providers';
import { screenOf } from '@cao/providers/testing';
import { type HookServer, startHookServer } from '../support/hook-server.ts';
import { type Pane, startPane } from '../support/pane.ts';

/** One CLI in a pane, run as a worker-agent would run it: signals in, state and effects out. */
export interface Driven {
  readonly pane: Pane;
  readonly hooks: HookServer;
  readonly state: AgentState;
  readonly effects: readonly Effect[];
  /** Resolves when the state satisfies `holds`. @throws Error with the last state and screen after `ms`. */
  until(what: string, holds: (state: AgentState) => boolean, ms?: number): Promise<AgentState>;
  /** Pastes, submits, and resolves with the number of Enters it took until the CLI said that it took the text. */
  send(text: string): Promise<number>;
  /** The next `turn_ended` since the last `send`. */
  turnEnd(ms?: number): Promise<Extract<Effect, { kind: 'turn_ended' }>>;
  readonly secret: string;
  readonly cwd: string;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface DriveInput {
  readonly provider: Provider;
  readonly binaryPath: string;
  readonly profile: Profile;
  readonly tools: readonly string[];
  readonly yolo?: boolean;
  readonly mcpUrl: string;
  /** What the user's shell would have given the CLI. */
  readonly env: Readonly<Record<string, string>>;
  readonly prepare?: (dir: string) => void;
}

const UNTIL_MS = 30_000;
const TURN_MS = 60_000;
/** How often the screen is looked at: a worker-agent is told by tmux, this driver is not. */
const LOOK_MS = 100;

export async function drive(input: DriveInput): Promise<Driven> {
  const { provider } = input;
  const stack = new AsyncDisposableStack();
  const home = mkdtempSync(join(tmpdir(), 'cao-conformance-'));
  stack.defer(() => rmSync(home, { recursive: true, force: true }));
  const [dir, cwd] = [join(home, 'private'), join(home, 'work')];
  for (const folder of [dir, cwd]) mkdirSync(folder, { mode: 0o700 });
  input.prepare?.(home);

  const hooks = stack.use(await startHookServer());
  const secret = `canary-${crypto.randomUUID()}`;
  const plan = provider.launch({
    terminalId: 'a0c0ffee',
    sessionName: 'cao-conformance',
    profile: input.profile,
    tools: input.tools,
    yolo: input.yolo ?? false,
    cwd,
    dir,
    nativeSessionId: crypto.randomUUID(),
    resume: false,
    keepDir: join(home, 'keep'),
    asRoot: process.getuid?.() === 0,
    binaryPath: input.binaryPath,
    apiPort: 0,
    home,
    loopback: {
      mcpUrl: input.mcpUrl,
      hookUrl: hooks.url,
      tokenEnv: 'CAO_TERMINAL_TOKEN',
      tokenMark: secret,
    },
  });
  for (const file of plan.files) {
    const path = join(dir, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.content, { mode: 0o600 });
    if (file.executable) chmodSync(path, 0o700);
  }
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    TERM: 'tmux-256color',
    LANG: 'C.UTF-8',
    CAO_TERMINAL_ID: 'a0c0ffee',
    CAO_TERMINAL_TOKEN: secret,
    ...input.env,
    ...plan.env,
  };
  const pane = stack.use(await startPane(['env', '-C', cwd, ...plan.argv], env));

  let state = provider.initial;
  let logPath: string | null = plan.logPath ?? null;
  let hooksRead = 0;
  let linesRead = 0;
  const effects: Effect[] = [];
  const feed = (signal: Signal) => {
    const step = provider.next(state, signal);
    state = step.state;
    effects.push(...step.effects);
    for (const effect of step.effects) if (effect.kind === 'session') logPath ??= effect.logPath;
  };
  const readHooks = () => {
    for (; hooksRead < hooks.seen.length; hooksRead += 1) {
      const hook = hooks.seen[hooksRead];
      if (hook) feed({ source: 'hook', name: hook.name, body: hook.body });
    }
  };
  const lines = (): readonly string[] => {
    try {
      return logPath ? readFileSync(logPath, 'utf8').split('\n').slice(0, -1) : [];
    } catch {
      return [];
    }
  };
  const look = async () => {
    readHooks();
    const all = lines();
    for (; linesRead < all.length; linesRead += 1) feed({ source: 'log', line: all[linesRead] ?? '' });
    const reading = provider.readScreen(screenOf(await pane.capture(true)));
    readHooks();
    feed({ source: 'screen', reading });
    return reading;
  };
  const wait = async (what: string, holds: () => boolean, ms: number) => {
    for (const end = performance.now() + ms; ; ) {
      const reading = await look();
      if (holds()) return;
      if (performance.now() > end) {
        const seen = JSON.stringify({ state, reading, hooks: hooks.seen.map((hook) => hook.name) });
        throw new Error(`${what}: not within ${ms} ms; ${seen}\n${await pane.capture()}`);
      }
      await pause(LOOK_MS);
    }
  };
  let endsTaken = 0;
  const ends = () => effects.filter((effect) => effect.kind === 'turn_ended');

  return {
    pane,
    hooks,
    secret,
    cwd,
    effects,
    get state() {
      return state;
    },
    async until(what, holds, ms = UNTIL_MS) {
      await wait(what, () => holds(state), ms);
      return state;
    },
    async send(text) {
      const pasted = provider.submit.escape(text);
      const before = effects.length;
      endsTaken = ends().length;
      const taken = () =>
        effects
          .slice(before)
          .some(
            (effect) => effect.kind === 'accepted' && provider.submit.isSamePrompt(effect.prompt, pasted),
          );
      await pane.paste(pasted);
      await pause(provider.submit.settleMs);
      for (let enters = 1; ; enters += 1) {
        await pane.keys('Enter');
        try {
          await wait('the prompt is accepted', taken, provider.submit.proofMs);
          return enters;
        } catch (error) {
          const { inputText } = await look();
          if (enters >= provider.submit.maxCarriageReturns || !provider.submit.isOurs(inputText, pasted))
            throw error;
        }
      }
    },
    async turnEnd(ms = TURN_MS) {
      await wait('the turn ends', () => ends().length > endsTaken, ms);
      endsTaken += 1;
      return ends()[endsTaken - 1] as Extract<Effect, { kind: 'turn_ended' }>;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
