import { openLive } from '@cao/client';
import type { EventView, TerminalStatus } from '@cao/contracts';
import type { Provider } from '@cao/providers';
import { type Score, scoreOf, type Telling, type Watched } from '@cao/providers/testing';
import type { Stack } from '../support/stack/with-stack.ts';
import { type Agent, isPasted } from './agent.ts';
import {
  type Capability,
  type CapabilityName,
  capabilities,
  capabilityNames,
} from './capabilities/registry.ts';
import type { Cli } from './clis.ts';
import type { Lived } from './corpus.ts';
import { recordingOf, withHeard } from './recording.ts';
import { type OpenStage, openStage, type Report } from './stage.ts';
import { truthOf } from './timeline.ts';
import { withWorld } from './world.ts';

export interface Result {
  readonly capability: CapabilityName;
  readonly outcome: 'pass' | 'fail' | 'not claimed';
  /** A figure, or why. */
  readonly note: string;
  readonly ms: number;
  /** What was true and what was told of which terminal, for those that are scored. */
  readonly watched: WatchedTerminal | null;
}

export interface WatchedTerminal extends Watched {
  readonly terminal: string;
}

export interface Run {
  readonly results: readonly Result[];
  /** Over all of them; null for a CLI that asks no model: then nobody knows the truth. */
  readonly score: Score | null;
}

export interface RunOptions extends Report {
  /** Parts of names; empty: all. */
  readonly only: readonly string[];
  readonly long: boolean;
  readonly minutes: number | null;
  /** Called as results come. */
  note(result: Result): void;
  /** Called at the end for each terminal that was watched. */
  lived?(life: Lived): void;
}

const DEFAULT_MINUTES = 10;

export async function runCapabilities(
  provider: Provider,
  cli: Cli,
  binaryPath: string,
  options: RunOptions,
): Promise<Run> {
  return withWorld([{ provider, cli, binaryPath }], async (world) => {
    const told = followStatuses(world.stack);
    const stage = openStage(world, provider, cli, options);
    const results: Result[] = [];
    try {
      for (const capability of capabilityNames.filter((name) => isWanted(name, options))) {
        const result = await runOne(stage, capability, told.of, options.minutes ?? DEFAULT_MINUTES);
        results.push(result);
        options.note(result);
      }
    } finally {
      told.close();
    }
    const watched = results.flatMap((result) => result.watched ?? []);
    for (const [terminal, own] of Map.groupBy(results, ({ watched }) => watched?.terminal))
      if (terminal !== undefined)
        options.lived?.({
          name: own.map(({ capability }) => capability).join(', '),
          recording: recordingOf(world.recordDir, terminal),
          watched: own.flatMap(({ watched }) => watched ?? []),
        });
    return { results, score: cli.received ? null : scoreOf(watched) };
  });
}

function isWanted(name: CapabilityName, { only, long, minutes }: RunOptions): boolean {
  const isLong = 'long' in capabilities[name];
  if (only.length > 0) return only.some((part) => name.includes(part));
  if (minutes !== null) return isLong && name.startsWith('team');
  return !isLong || (long && !name.startsWith('team'));
}

async function runOne(
  stage: OpenStage,
  capability: CapabilityName,
  toldOf: (terminal: string) => readonly Omit<Telling, 'heard'>[],
  minutes: number,
): Promise<Result> {
  const entry: Capability = capabilities[capability];
  const why = stage.cli.without[capability] ?? entry.unclaimed?.(stage.provider) ?? null;
  if (why !== null) return { capability, outcome: 'not claimed', note: why, ms: 0, watched: null };
  stage.begin();
  const begun = { at: Date.now(), requests: stage.model.requests.length };
  const done = await entry.run(stage, minutes).then(
    (note) => ({ outcome: 'pass' as const, note }),
    (error: unknown) => ({ outcome: 'fail' as const, note: reportOf(error, stage.met) }),
  );
  const ms = Date.now() - begun.at;
  // The status of the last turn reaches people after the end of it.
  await stage.dwell();
  const agent = stage.met.at(-1);
  const watched =
    entry.unscored || stage.cli.received || !agent ? null : watch(stage, agent, begun, toldOf(agent.id));
  await stage.end(done.outcome === 'fail');
  return { capability, ...done, ms, watched };
}

function watch(
  stage: OpenStage,
  agent: Agent,
  begun: { at: number; requests: number },
  told: readonly Omit<Telling, 'heard'>[],
): WatchedTerminal {
  const pasted = firstOfEach(stage.stack.events.all().filter((event) => event.terminal_id === agent.id)).map(
    (event) => ({ at: Date.parse(event.at), what: 'pasted' as const }),
  );
  const marks = [...stage.marks, ...pasted].filter(({ at }) => at >= begun.at);
  const requests = stage.model.requests.slice(begun.requests);
  return {
    terminal: agent.id,
    truth: truthOf(requests, marks, agent.asks),
    told: withHeard(told, recordingOf(stage.recordDir, agent.id)),
    end: Date.now(),
  };
}

/** Of each message the first that says it is in the pane. */
function firstOfEach(events: readonly EventView[]): EventView[] {
  const seen = new Set<unknown>();
  return events.filter(({ kind, data }) => {
    if (!isPasted(kind) || seen.has(data.message_id)) return false;
    seen.add(data.message_id);
    return true;
  });
}

function reportOf(error: unknown, agents: readonly Agent[]): string {
  const screens = agents.map((agent) => {
    const pane = agent.pane();
    return pane
      ? `the screen of ${agent.id}, title ${JSON.stringify(pane.title)}:\n${shortened(pane.text)}`
      : '';
  });
  const { message, stack = '' } = error as Error;
  const where = stack.split('\n').filter((line) => line.includes('/conformance/capabilities/'));
  return [message ?? String(error), ...where, ...screens].filter(Boolean).join('\n');
}

const shortened = (screen: string) => screen.replace(/\n{3,}/g, '\n\n').trim();

/** Statuses with the moment at which somebody who watches heard of them. */
function followStatuses(stack: Stack) {
  const seen = new Set<number>();
  const told = new Map<string, { at: number; status: TerminalStatus }[]>();
  const live = openLive(
    { url: stack.url, token: stack.adminToken },
    {
      onOpen: (connection) => connection.send({ t: 'subscribe', after: Math.max(0, ...seen) }),
      onPush(push) {
        if (push.t !== 'event' || seen.has(push.event.id)) return;
        seen.add(push.event.id);
        const { kind, terminal_id: id, data } = push.event;
        if (kind !== 'terminal.status' || id === null) return;
        const own = told.get(id) ?? [];
        told.set(id, [...own, { at: Date.now(), status: data.status as TerminalStatus }]);
      },
    },
  );
  return { of: (terminal: string) => told.get(terminal) ?? [], close: () => live.close() };
}
