import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CaoError } from '@cao/contracts';
import type { Provider } from '@cao/providers';
import { typedTexts } from '../support/fake-model/conversation.ts';
import { approvalOf, nextApproval } from '../support/stack/approvals.ts';
import { seeded } from '../support/stack/storm.ts';
import { askingFor, type Cli } from './clis.ts';
import { isAlive, paneOf, processesOf } from './pane.ts';
import { type Installed, type World, withWorld } from './world.ts';

/** What must hold however often it is done, of one real CLI. */
export interface Stress {
  readonly provider: string;
  readonly questions: number;
  /** Questions whose command ran although it was denied, or did not although it was allowed. */
  readonly wrongAnswers: readonly string[];
  /** Questions that were told and went by themselves before they could be answered: the one that was meant came as well. */
  readonly passing: readonly string[];
  readonly messages: number;
  /** Messages that were accepted and that the model was never given, dead ones, and those that are still open. */
  readonly lostMessages: readonly string[];
  readonly launches: number;
  readonly orphans: readonly string[];
  readonly seconds: number;
}

export interface StressOptions {
  readonly questions: number;
  readonly launches: number;
  readonly seed: number;
  note(line: string): void;
}

/** Agents that are asked, and started, side by side: what two cores take. */
const LANES = 4;
const TURN_MS = 120_000;
const START_MS = 120_000;
const GONE_MS = 10_000;
const LOOK_AGAIN_MS = 100;

export const runStress = (installed: Installed, options: StressOptions): Promise<Stress> =>
  withWorld([installed], async (world) => {
    const { provider, cli } = installed;
    const begun = performance.now();
    const share = (all: number, lane: number) => Math.floor(all / LANES) + (lane < all % LANES ? 1 : 0);
    const lanes = Array.from({ length: LANES }, (_, lane) => lane);
    const inLanes = <T>(work: (lane: number) => Promise<T>) => allEnded(lanes.map(work));
    const asked = await inLanes((lane) =>
      askAgain(world, provider, cli, lane, share(options.questions, lane), options),
    );
    const orphans = (
      await inLanes((lane) => launchAgain(world, provider, lane, share(options.launches, lane), options))
    ).flat();
    return {
      provider: provider.id,
      questions: options.questions,
      wrongAnswers: asked.flatMap(({ wrong }) => wrong),
      passing: asked.flatMap(({ passing }) => passing),
      messages: asked.reduce((sum, { sent }) => sum + sent, 0),
      lostMessages: asked.flatMap(({ lost }) => lost),
      launches: options.launches,
      orphans,
      seconds: Math.round((performance.now() - begun) / 1000),
    };
  });

/** One that fails waits for the others: the world that they use is taken down behind it. */
async function allEnded<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

const moments = ['with the question', 'as it opens', 'with the answer', 'after the answer'] as const;

/** One agent asks again and again, is answered, and is written to exactly while its question opens and closes. */
async function askAgain(
  { stack, model }: World,
  provider: Provider,
  cli: Cli,
  lane: number,
  tries: number,
  { seed, note }: StressOptions,
) {
  const random = seeded(seed * 1_000 + lane);
  const cwd = join(stack.dir, `asks-${lane}`);
  mkdirSync(cwd);
  const { terminal, session } = await stack.client.sessions.create({
    body: {
      agent_profile: 'conformance',
      provider: provider.id,
      session_name: `asks-${lane}`,
      working_directory: cwd,
    },
  });
  const params = { id: terminal.id };
  const known = new Set<string>();
  const sent: { id: string; text: string }[] = [];
  const wrong: string[] = [];
  const passing: string[] = [];
  const send = async (text: string) => {
    const { message } = await stack.client.terminals.send({ params, body: { text } });
    sent.push({ id: message.id, text });
    return message.id;
  };
  const over = (id: string) => untilOver(stack, id);

  for (let n = 0; n < tries; n++) {
    const name = `q${lane}-${n}`;
    const chosen = new Set(moments.filter(() => random() < 0.4));
    const write = async (at: (typeof moments)[number]) => {
      if (chosen.has(at)) await send(`[[say ${name} ${at}]]`);
    };
    const decision = random() < 0.6 ? 'allow' : 'deny';
    const question = await send(`${askingFor(cli, `touch ${name}`)} [[say ${name} is made]]`);
    await write('with the question');
    let isAnswered = false;
    let standing: string | null = null;
    while (!isAnswered) {
      const approval: string = standing ?? (await nextApproval(stack, terminal.id, known));
      known.add(approval);
      const opening = write('as it opens');
      if (random() < 0.5) await opening;
      const answer = stack.client.approvals.answer({ params: { id: approval }, body: { decision } }).then(
        () => true,
        (error: unknown) => {
          if (!(error instanceof CaoError) || error.code !== 'conflict') throw error;
          // The screen still showed the dialog of the last question, or showed this one before its signal came.
          passing.push(`${name}: ${error.message}`);
          return false;
        },
      );
      [isAnswered] = await Promise.all([answer, opening, write('with the answer')]);
      // One that could not be answered now and still stands is answered again.
      standing = !isAnswered && (await approvalOf(stack, approval)).state === 'open' ? approval : null;
    }
    await write('after the answer');
    await over(question);
    // All it was written is read before the next question: a turn that is denied may end what was queued behind it.
    for (const { id } of sent.slice(-moments.length)) await over(id);
    if (existsSync(join(cwd, name)) !== (decision === 'allow')) wrong.push(`${name}: ${decision}`);
    if ((n + 1) % 25 === 0)
      note(`${provider.id}: lane ${lane}, ${n + 1} of ${tries} questions, ${wrong.length} wrong`);
  }

  const lost: string[] = [];
  const given = new Set(
    model.requests.flatMap(({ asked }) =>
      (asked?.messages ?? [])
        .filter(({ role }) => role === 'user')
        .flatMap(typedTexts)
        .map((text) => text.trim()),
    ),
  );
  for (const { id, text } of sent) {
    const { message } = await stack.client.terminals.message({ params: { id } });
    const reached = [...given].some((one) => one.includes(text));
    if (message.state !== 'accepted' || !reached)
      lost.push(`${text}: ${message.state}, ${reached ? '' : 'not '}given`);
  }
  await stack.client.sessions.shutdown({ params: { name: session.name }, query: {} });
  return { wrong, lost, passing, sent: sent.length };
}

async function untilOver(stack: World['stack'], id: string): Promise<void> {
  for (const end = performance.now() + TURN_MS; performance.now() < end; ) {
    const { message } = await stack.client.terminals.waitMessage({ params: { id }, query: {} });
    if (message.ended_at !== null) return;
  }
  throw new Error(`message ${id} was not answered in time`);
}

/** Started, idle, ended: nothing of it may be left. */
async function launchAgain(
  { stack }: World,
  provider: Provider,
  lane: number,
  times: number,
  { note }: StressOptions,
): Promise<string[]> {
  const orphans: string[] = [];
  for (let n = 0; n < times; n++) {
    const { terminal, session } = await stack.client.sessions.create({
      body: { agent_profile: 'conformance', provider: provider.id, session_name: `starts-${lane}-${n}` },
    });
    const { id } = terminal;
    await stack.event(
      `${id} is idle`,
      ({ kind, terminal_id, data }) =>
        kind === 'terminal.status' && terminal_id === id && data.status === 'idle',
      START_MS,
    );
    const pid = stack.hosts.map(({ socket }) => paneOf(socket, id)).find((pane) => pane !== null)?.pid ?? 0;
    const tree = processesOf(pid, id);
    await stack.client.sessions.shutdown({ params: { name: session.name }, query: {} });
    const left = () => [...tree, ...processesOf(pid, id)].filter(isAlive);
    for (const end = performance.now() + GONE_MS; left().length > 0 && performance.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    orphans.push(...left().map(({ pid: own, argv }) => `${own} ${argv.slice(0, 120)}`));
    if ((n + 1) % 5 === 0)
      note(`${provider.id}: lane ${lane}, ${n + 1} of ${times} launches, ${orphans.length} orphans`);
  }
  return orphans;
}
