import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { shapes } from '../support/stack/shape.ts';
import { openInboxes, seeded, sender, settleAndJudge } from '../support/stack/storm.ts';
import { type Stack, withStack } from '../support/stack/with-stack.ts';

/** How many faults, and the seed of the storm: a few in every run, hundreds by `CAO_STORM_FAULTS=300`. */
const FAULTS = Number(process.env.CAO_STORM_FAULTS ?? 10);
const SEED = Number(process.env.CAO_STORM_SEED ?? 1);
const MS_PER_FAULT = 8_000;

const MALICE = `seed=${SEED},swallow_enter=0.2,dialog=0.1,drop_paste=0.03,lose_hook=0.2,delay=0-300,flood=0.02`;

type Fault = (stack: Stack, random: () => number) => Promise<void>;
const again = async (process: Stack['api']) => {
  await process.kill();
  await process.start();
};

const anyOf = <T>(all: readonly T[], random: () => number): T => all[Math.floor(random() * all.length)]!;

/** What may happen to a cluster, and how often. */
const faults: readonly { weight: number; fault: Fault }[] = [
  { weight: 6, fault: async (stack) => stack.cutLinks() },
  { weight: 2, fault: (stack, random) => again(anyOf(stack.apis, random)) },
  {
    weight: 2,
    fault: (stack, random) => again(anyOf(stack.hosts, random).agent),
  },
  { weight: 1, fault: (stack, random) => again(anyOf(stack.schedulers, random)) },
  {
    weight: 1,
    async fault(stack, random) {
      const api = anyOf(stack.apis, random);
      api.pause();
      await pause(random() * 1_500);
      api.resume();
    },
  },
];

function pick(random: () => number): Fault {
  const tickets = faults.flatMap(({ weight, fault }) => Array<Fault>(weight).fill(fault));
  return anyOf(tickets, random);
}

test.each(shapes)(
  'a storm of faults at random moments loses, doubles and reorders nothing ($backend, $replicas of each service)',
  {
    timeout: 120_000 + FAULTS * MS_PER_FAULT,
  },
  async (shape) => {
    const random = seeded(SEED);
    await using stack = await withStack({
      ...shape,
      hosts: 2,
      cuttable: true,
      agentEnv: { CAO_SCRIPTED_MALICE: MALICE },
    });
    const inboxes = await openInboxes(stack, 4);
    const sendOne = sender(stack, inboxes);
    let storming = true;
    const mail = (async () => {
      while (storming) await sendOne();
    })();

    for (let n = 0; n < FAULTS; n++) {
      await pause(random() * 800);
      await pick(random)(stack, random);
    }
    storming = false;
    await mail;

    const verdict = await settleAndJudge(stack, inboxes);
    console.error(
      `storm, seed ${SEED}, ${FAULTS} faults on ${shape.backend}: ${verdict.sent} sent, ${verdict.accepted} accepted, ${verdict.dead} dead`,
    );
    expect(verdict).toMatchObject({
      open: 0,
      lost: [],
      doubled: [],
      reordered: [],
      garbled: [],
      deadButTaken: [],
      dialogsAnswered: [],
    });
    expect(verdict.accepted).toBeGreaterThan(FAULTS);
    // Nobody ended the tmux servers, and no terminal died of a fault.
    expect(stack.hosts.flatMap((host) => host.windows())).toHaveLength(inboxes.length);
  },
);
