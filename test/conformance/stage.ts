import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@cao/client';
import type { Provider } from '@cao/providers';
import { typedTexts } from '../support/fake-model/conversation.ts';
import type { SeenRequest } from '../support/fake-model/server.ts';
import { type Agent, type AgentWish, startAgent } from './agent.ts';
import type { Cli } from './clis.ts';
import type { Mark } from './timeline.ts';
import type { World } from './world.ts';

/** What a capability acts on. */
export interface Stage extends World {
  readonly client: Client;
  readonly provider: Provider;
  readonly cli: Cli;
  /** The agent that capabilities talk to one after another; a new one when the last one failed. */
  agent(): Promise<Agent>;
  /** One for this capability alone; it is closed behind it. */
  own(wish: OwnWish): Promise<Agent>;
  /** Keeps the screen as a fixture. */
  keep(agent: Agent, name: string): void;
  /** Says what no request tells, for the score. */
  mark(what: Mark['what'], at: number): void;
  /** Requests of turns, side calls left out. */
  turns(): readonly SeenRequest[];
  /** Until the model is asked once more than `before`. @throws Error after `ms`. */
  asked(before: number, ms?: number): Promise<SeenRequest>;
  /** How that request ended: one who hangs up may say that it stopped before. @throws Error after a minute. */
  answered(before: number): Promise<SeenRequest['ended']>;
  /** The texts that the CLI gave its model as prompts, oldest first. */
  prompts(agent: Agent): readonly string[];
  /** Stays in a state for a while, so that what is told of it can be scored. */
  dwell(): Promise<void>;
  /** Words that stream for about so long; a CLI without a model works as long before it says them. */
  slowly(ms: number): string;
}

export interface OwnWish extends Partial<Pick<AgentWish, 'profile' | 'yolo' | 'resume'>> {
  /** What lies in its folder, by path. */
  readonly found?: Readonly<Record<string, string>>;
}

export interface Report {
  keep(name: string, fixture: { readonly ansi: string; readonly title: string }): void;
}

export interface OpenStage extends Stage {
  readonly marks: readonly Mark[];
  /** Those that the capability has met. */
  readonly met: readonly Agent[];
  /** Before each capability. */
  begin(): void;
  /** Behind each; what failed is not used again. */
  end(failed: boolean): Promise<void>;
}

const ASKED_MS = 60_000;
const LOOK_AGAIN_MS = 20;
const GAP_MS = 150;
const DWELL_MS = 1_000;

export function openStage(world: World, provider: Provider, cli: Cli, report: Report): OpenStage {
  const { stack, model } = world;
  let common: Agent | null = null;
  let owned: Agent[] = [];
  let met: Agent[] = [];
  const marks: Mark[] = [];
  let sessions = 0;
  const start = ({ found = {}, ...wish }: Partial<AgentWish> & Pick<OwnWish, 'found'>) => {
    sessions += 1;
    const cwd = join(stack.dir, `folder-${sessions}`);
    mkdirSync(cwd);
    for (const [path, content] of Object.entries(found)) {
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      writeFileSync(join(cwd, path), content);
    }
    const full = { profile: 'conformance', yolo: false, session: `c${sessions}`, cwd };
    return startAgent(stack, provider, { ...full, ...wish }, (agent) => met.push(agent)).then((agent) => {
      marks.push({ at: Date.now(), what: 'ready' });
      return agent;
    });
  };
  const turns = () => model.requests.filter(({ asked }) => asked !== null && asked.aside === null);

  return {
    ...world,
    client: stack.client,
    provider,
    cli,
    marks,
    get met() {
      return met;
    },
    begin() {
      met = common ? [common] : [];
      owned = [];
    },
    async end(failed) {
      const over = failed ? met : owned;
      if (failed && common) common = null;
      for (const agent of over) await agent.close();
    },
    async agent() {
      common ??= await start({});
      return common;
    },
    async own(wish) {
      // Requests carry no name of a terminal: one is on the stage at a time.
      await common?.close();
      common = null;
      met = [];
      const agent = await start(wish);
      owned.push(agent);
      return agent;
    },
    keep(agent, name) {
      const pane = agent.pane();
      if (pane) report.keep(name, pane);
    },
    mark(what, at) {
      marks.push({ at, what });
    },
    turns,
    async asked(before, ms = ASKED_MS) {
      for (const end = performance.now() + ms; ; await pause(LOOK_AGAIN_MS)) {
        const request = turns()[before];
        if (request) return request;
        if (performance.now() > end) throw new Error(`the model was not asked within ${ms} ms`);
      }
    },
    async answered(before) {
      for (const end = performance.now() + ASKED_MS; ; await pause(LOOK_AGAIN_MS)) {
        const ended = turns()[before]?.ended;
        if (ended) return ended;
        if (performance.now() > end) throw new Error(`the model still answers after ${ASKED_MS} ms`);
      }
    },
    prompts(agent) {
      if (cli.received) return cli.received(stack.dir, agent.id).map((text) => text.trim());
      const messages = turns().at(-1)?.asked?.messages ?? [];
      return messages.filter(({ role }) => role === 'user').flatMap(typedTexts);
    },
    dwell: () => pause(DWELL_MS),
    slowly(ms) {
      const words = Array.from({ length: Math.ceil(ms / GAP_MS) }, (_, n) => `word${n}`);
      const pace = cli.received ? `[[sleep ${ms}]]` : `[[chunks ${words.length} ${GAP_MS}]]`;
      return `${pace} [[say ${words.join(' ')}]]`;
    },
  };
}

export function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** What a turn answered. @throws Error when it ended in an error. */
export async function answerOf(agent: Agent, prompt: string, ms?: number): Promise<string> {
  const { answer, error } = await agent.turn(prompt, ms);
  expect(error === null, `the turn ended in the error ${error}`);
  return answer ?? '';
}

/** Says where two texts part. */
export function expectSame(what: string, given: string, wanted: string): void {
  if (given === wanted) return;
  let at = 0;
  while (given[at] === wanted[at]) at += 1;
  const around = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 30), at + 50));
  throw new Error(
    `${what} has ${given.length} characters of ${wanted.length}; from ${at} on it is ${around(given)} and not ${around(wanted)}`,
  );
}
