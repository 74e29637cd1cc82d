import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { EventKind, EventView, Failure, MessageView, TerminalStatus } from '@cao/contracts';
import type { Provider, ScreenReading } from '@cao/providers';
import { screenOf } from '@cao/providers/testing';
import { knownAgent } from '../support/stack/agents.ts';
import type { Stack, StackHost } from '../support/stack/with-stack.ts';
import { type Pane, paneOf } from './pane.ts';

/** Its text is in the pane: told alone, or together with its proof. */
export const isPasted = (kind: EventKind): boolean =>
  kind === 'message.pasted' || kind === 'message.accepted';

/** A terminal with the CLI under test, met only through the api, as its users meet it; its screen is for reports. */
export interface Agent {
  readonly id: string;
  readonly session: string;
  readonly host: StackHost;
  readonly cwd: string;
  readonly token: string;
  /** What the CLI itself calls the conversation. */
  nativeId(): string;
  /** It asks before it runs a command. */
  readonly asks: boolean;
  /** From the request to `idle`. Units: ms. */
  readonly startMs: number;
  /** The id of the newest event: what comes after it is new. */
  now(): number;
  send(text: string): Promise<MessageView>;
  /** The next event of this terminal after `since` that is accepted. @throws Error after `ms`. */
  event(what: string, accept: (event: EventView) => boolean, since: number, ms?: number): Promise<EventView>;
  status(wanted: readonly TerminalStatus[], since: number, ms?: number): Promise<EventView>;
  /** Sends, and waits for the end of the turn. */
  turn(text: string, ms?: number): Promise<Turn>;
  turnEnd(since: number, ms?: number): Promise<Turn>;
  /** Statuses that were told after `since`. */
  told(since: number): readonly TerminalStatus[];
  press(keys: readonly string[]): Promise<void>;
  pane(): Pane | null;
  /** Until the screen satisfies `holds`: it tells nobody. @throws Error when it does not in time. */
  shows(what: string, holds: (text: string) => boolean): Promise<void>;
  /** The same of what the provider reads off it. @returns false when it does not in time. */
  reads(holds: (reading: ScreenReading) => boolean, ms?: number): Promise<boolean>;
  close(): Promise<void>;
}

export interface Turn {
  readonly answer: string | null;
  readonly error: string | null;
  readonly background: boolean;
  readonly failure: Failure | null;
}

export interface AgentWish {
  readonly profile: string;
  readonly session: string;
  readonly cwd: string;
  readonly yolo: boolean;
  /** A terminal that has ended, whose conversation goes on where it was. */
  readonly resume?: string;
}

/** A real CLI on a busy machine. Units: ms. */
const START_MS = 120_000;
const TURN_MS = 90_000;
const EVENT_MS = 45_000;
const SCREEN_MS = 20_000;
const LOOK_AGAIN_MS = 100;
/** As a person presses them: two at once are another key to some CLIs. Units: ms. */
const BETWEEN_KEYS_MS = 150;

async function until(holds: () => boolean, ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; ; await pause(LOOK_AGAIN_MS)) {
    if (holds()) return true;
    if (performance.now() > end) return false;
  }
}

function nativeIdOf(host: StackHost, id: string): string {
  const folders = join(host.stateDir, 'terminals');
  const own = readdirSync(folders).find((name) => name.startsWith(`${id}-`)) ?? '';
  const record = JSON.parse(readFileSync(join(folders, own, 'terminal.json'), 'utf8'));
  return String((record as { nativeSessionId: unknown }).nativeSessionId);
}

/** @throws Error when it is not up and idle in time. */
export async function startAgent(
  stack: Stack,
  provider: Provider,
  wish: AgentWish,
  onBorn: (agent: Agent) => void,
): Promise<Agent> {
  const begun = performance.now();
  // The highest one, and not the last that came: transactions end in another order than they began.
  const newest = () => Math.max(0, ...stack.events.all().map((one) => one.id));
  const since = newest();
  const { client } = stack;
  const { terminal } = await client.sessions.create({
    body: wish.resume
      ? { resume: wish.resume, session_name: wish.session }
      : {
          agent_profile: wish.profile,
          provider: provider.id,
          session_name: wish.session,
          working_directory: wish.cwd,
          yolo: wish.yolo,
        },
  });
  const { id } = terminal;
  const params = { id };
  await stack.event(
    'it is live',
    ({ kind, terminal_id }) => kind === 'terminal.live' && terminal_id === id,
    START_MS,
  );
  const { host, token } = await knownAgent(stack, id);

  const event: Agent['event'] = (what, accept, after, ms = EVENT_MS) =>
    stack.event(what, (one) => one.id > after && one.terminal_id === id && accept(one), ms);
  const turnOf = async (end: EventView): Promise<Turn> => {
    const { terminal: now } = await client.terminals.get({ params });
    const { error, background } = end.data as { error: string | null; background: boolean };
    return { answer: now.last_answer, error, background, failure: now.failure };
  };
  const agent = {
    id,
    session: terminal.session_name,
    host,
    token,
    cwd: wish.cwd,
    nativeId: () => nativeIdOf(host, id),
    asks: !wish.yolo,
    startMs: 0,
    now: newest,
    send: async (text: string) => (await client.terminals.send({ params, body: { text } })).message,
    event,
    status: (wanted: readonly TerminalStatus[], after: number, ms?: number) =>
      event(
        `its status is ${wanted.join(' or ')}`,
        ({ kind, data }) => kind === 'terminal.status' && wanted.includes(data.status as TerminalStatus),
        after,
        ms,
      ),
    async turnEnd(after: number, ms = TURN_MS) {
      return turnOf(await event('its turn ends', ({ kind }) => kind === 'terminal.turn_ended', after, ms));
    },
    async turn(text: string, ms?: number) {
      const after = agent.now();
      await agent.send(text);
      return agent.turnEnd(after, ms);
    },
    told: (after: number) =>
      stack.events
        .all()
        .filter((one) => one.id > after && one.terminal_id === id && one.kind === 'terminal.status')
        .map((one) => one.data.status as TerminalStatus),
    press: async (keys: readonly string[]) => {
      for (const [nth, key] of keys.entries()) {
        if (nth > 0) await pause(BETWEEN_KEYS_MS);
        await client.terminals.keys({ params, body: { keys: [key] } });
      }
    },
    pane: () => paneOf(host.socket, id),
    async shows(what: string, holds: (text: string) => boolean) {
      if (!(await until(() => holds(agent.pane()?.text ?? ''), SCREEN_MS)))
        throw new Error(`the screen does not show it: ${what}`);
    },
    reads: (holds: (reading: ScreenReading) => boolean, ms = SCREEN_MS) =>
      until(() => {
        const pane = agent.pane();
        return pane !== null && holds(provider.readScreen(screenOf(pane.ansi, pane.title)));
      }, ms),
    close: async () => {
      await client.sessions.shutdown({ params: { name: terminal.session_name }, query: {} });
    },
  };
  onBorn(agent);
  // The last turn of a conversation that goes on was completed.
  await agent.status(wish.resume ? ['idle', 'completed'] : ['idle'], since, START_MS);
  agent.startMs = performance.now() - begun;
  return agent;
}
