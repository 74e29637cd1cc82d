import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Provider } from '@cao/providers';
import { type FakeModel, startFakeModel } from '../support/fake-model/server.ts';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { FINAL_ANSWER, finalAnswer, type StoryPace, supervisorPrompt } from '../support/stack/story.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';
import type { Cli } from './clis.ts';
import type { Result } from './story.ts';

/** The whole system with this CLI as supervisor and as worker, on two hosts. Each returns a figure for the matrix. */
const teamStories: Readonly<Record<string, (team: Team) => Promise<string>>> = {
  'team: assign, assign, handoff': (team) => tell(team, 'story', {}),
  'team: requester agent killed in its handoff': (team) =>
    tell(team, 'killed', { handoffMs: 8_000 }, async (stack, supervisor) => {
      const { agent } = await hostOf(stack, supervisor);
      await agent.kill();
      await agent.start();
    }),
};

/** Told with `--minutes N` only: a handoff of that length, its requester's agent killed half-way. */
const longStory = (minutes: number) => (team: Team) =>
  tell(team, 'long', { handoffMs: minutes * 60_000 }, async (stack, supervisor) => {
    const host = await hostOf(stack, supervisor);
    await pause((minutes * 60_000) / 2);
    await host.agent.kill();
    await host.agent.start();
  });

async function hostOf(stack: Stack, supervisor: string) {
  await stack.event(
    'the handoff was taken',
    (event) =>
      event.kind === 'message.accepted' && event.data.kind === 'handoff' && event.data.sender === supervisor,
    STORY_MS,
  );
  const { terminal } = await stack.client.terminals.get({ params: { id: supervisor } });
  return stack.hosts.find((one) => one.name === terminal.host_name)!;
}

export interface Team {
  readonly stack: Stack;
  readonly provider: Provider;
  readonly model: FakeModel;
}

/** A real CLI starts in seconds, and the machine may be busy with eight of them. Units: ms. */
const STORY_MS = 180_000;

async function tell(
  { stack, provider }: Team,
  session: string,
  pace: StoryPace,
  fault?: (stack: Stack, supervisor: string) => Promise<void>,
): Promise<string> {
  const begun = performance.now();
  const { terminal } = await stack.client.sessions.create({
    body: {
      agent_profile: 'code_supervisor',
      provider: provider.id,
      session_name: session,
      message: supervisorPrompt(pace),
    },
  });
  await fault?.(stack, terminal.id);
  const answer = await finalAnswer(stack, terminal.id, STORY_MS + (pace.handoffMs ?? 0));
  if (answer !== FINAL_ANSWER) {
    const { messages } = await stack.client.terminals.messages({ params: { id: terminal.id }, query: {} });
    const inbox = messages.map(
      (message) => `${message.seq} ${message.kind} ${message.state}: ${message.text.slice(0, 200)}`,
    );
    const told = stack.events
      .all()
      .filter((event) => event.terminal_id === terminal.id)
      .slice(-20);
    const lines = told.map((event) => `${event.at} ${event.kind} ${JSON.stringify(event.data)}`);
    throw new Error(
      `the supervisor's last answer was ${JSON.stringify(answer)}\n${[...inbox, ...lines].join('\n')}`,
    );
  }
  const { tasks } = await stack.client.tasks.list({ query: { session } });
  const told = tasks
    .map((task) => `${task.kind} ${task.state}`)
    .sort()
    .join(', ');
  if (told !== 'assign completed, assign completed, handoff completed')
    throw new Error(`the tasks were: ${told}`);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  const { remaining } = await stack.client.sessions.shutdown({ params: { name: session }, query: {} });
  if (remaining.length > 0) throw new Error(`after the shutdown ${remaining.length} terminals remained`);
  return `${seconds} s, ${new Set((await stack.client.sessions.get({ params: { name: session } })).terminals.map((one) => one.host_name)).size} hosts`;
}

/** The real CLI found on the PATH of both hosts, the fake model as its service. */
export async function withTeam<T>(
  provider: Provider,
  cli: Cli,
  binaryPath: string,
  act: (team: Team) => Promise<T>,
): Promise<T> {
  await using cleanup = new AsyncDisposableStack();
  const model = await startFakeModel();
  cleanup.defer(() => model.close());
  const postgres = await startPostgres();
  cleanup.defer(() => postgres.remove());
  const redis = await startRedis();
  cleanup.defer(() => redis.remove());
  const bin = mkdtempSync(join(tmpdir(), 'cao-bin-'));
  cleanup.defer(() => rmSync(bin, { recursive: true, force: true }));
  if (basename(binaryPath) !== provider.binary || dirname(binaryPath) !== bin)
    symlinkSync(binaryPath, join(bin, provider.binary));
  const stack = await withStack({
    services: { adminUrl: postgres.url, redisUrl: redis.url },
    hosts: 2,
    path: [bin],
    prepareHome: (home) => cli.prepare(home, model.url),
    agentEnv: { ...cli.env(model.url) },
  });
  cleanup.use(stack);
  // Awaited here: everything above goes when this function returns.
  return await act({ stack, provider, model });
}

export async function tellTeamStories(
  provider: Provider,
  cli: Cli,
  binaryPath: string,
  minutes?: number,
): Promise<readonly Result[]> {
  return withTeam(provider, cli, binaryPath, async (team) => {
    const results: Result[] = [];
    const stories = minutes ? { [`team: a handoff of ${minutes} minutes`]: longStory(minutes) } : teamStories;
    for (const [capability, story] of Object.entries(stories))
      results.push(
        await story(team).then(
          (note): Result => ({ capability, outcome: 'pass', note }),
          (error: unknown): Result => ({
            capability,
            outcome: 'fail',
            note: String((error as Error).message ?? error),
          }),
        ),
      );
    return results;
  });
}
