import { CaoError } from '@cao/contracts';
import { seeded } from '../support/stack/storm.ts';
import type { Stack } from '../support/stack/with-stack.ts';
import type { LedgerEye, Snapshot } from './ledger.ts';
import { untilAnswered } from './patience.ts';

/** A handoff or assign that an agent was told to make: `key` begins the worker's prompt, `answer` is what it says. */
export interface Delegation {
  readonly kind: 'handoff' | 'assign';
  readonly key: string;
  readonly answer: string;
  /** The call has an id: whoever makes it again is known by it. */
  readonly named: boolean;
}

export interface Traffic {
  /** Ids of the messages that the api took from people. */
  readonly taken: ReadonlySet<string>;
  readonly delegations: readonly Delegation[];
  /** Sends up to so many messages; agents' own are counted with the one that asks for them. */
  upTo(messages: number): void;
  readonly issued: number;
  /** Resolves once nothing is on its way to the api. */
  stop(): Promise<void>;
}

/** So that there is always mail that waits, and never a heap of it. */
const OPEN_PER_INBOX = 2;

type Letter = (
  n: number,
  to: string,
  all: readonly string[],
  random: () => number,
) => {
  readonly text: string;
  /** Messages that come of it, itself included. */
  readonly count: number;
  readonly delegation?: Delegation;
};

const call = (tool: string, args: Record<string, unknown>, id: string | null): string =>
  `[[call ${tool} ${JSON.stringify({ ...args, ...(id ? { _meta: { 'claudecode/toolUseId': id } } : {}) })}]]`;

const plain: Letter = (n, to) => ({ text: `m${n} for ${to}`, count: 1 });
const long: Letter = (n, to, _all, random) => ({
  text: `m${n} for ${to}:\n\n${'\tmañana — 明日 "quoted" $HOME `x` \\ %d\n'.repeat(1 + Math.floor(random() * 120))}end of m${n}`,
  count: 1,
});
const toAgent: Letter = (n, _to, all, random) => {
  const receiver_id = all[Math.floor(random() * all.length)];
  // A message has no twin that it could attach to: its id is what makes a retry harmless.
  const send = call('send_message', { receiver_id, message: `a${n} from an agent` }, `a${n}`);
  return { text: `m${n} ${send} [[say sent $1.message_id]]`, count: 2 };
};
/** Some CLIs give their calls an id and others do not; a retry must be harmless either way. */
const delegate = (
  kind: Delegation['kind'],
  n: number,
  random: () => number,
  prompt: (answer: string) => string,
): { delegation: Delegation; call: string } => {
  const answer = `answer ${n}-${Math.floor(random() * 1e9)}`;
  const delegation = { kind, key: `${kind}-${n}`, answer, named: random() < 0.5 };
  const args = { agent_profile: 'developer', message: `${delegation.key} ${prompt(answer)}` };
  return { delegation, call: call(kind, args, delegation.named ? delegation.key : null) };
};
const handoff: Letter = (n, _to, _all, random) => {
  const { delegation, call } = delegate('handoff', n, random, (answer) => `[[say ${answer}]]`);
  return { text: `m${n} ${call} [[say ${delegation.key} gave $1.output]]`, count: 2, delegation };
};
const assign: Letter = (n, _to, _all, random) => {
  const report = (answer: string) => call('send_message', { message: answer }, `r${n}`);
  const { delegation, call: work } = delegate('assign', n, random, report);
  return { text: `m${n} ${work}`, count: 3, delegation };
};

/** How often each, of 200. */
const shares: readonly (readonly [Letter, number])[] = [
  [handoff, 6],
  [assign, 3],
  [toAgent, 24],
  [long, 16],
  [plain, 151],
];
const mixed = shares.flatMap(([letter, share]) => Array<Letter>(share).fill(letter));

/** Nothing but handoffs. */
export const handoffsOnly: readonly Letter[] = [handoff];

/** @param inboxes whom to write to, asked again and again. */
export function startTraffic(
  stack: Stack,
  eye: LedgerEye,
  inboxes: () => readonly string[],
  seed: number,
  letters: readonly Letter[] = mixed,
): Traffic {
  const random = seeded(seed ^ 0x5eed);
  const taken = new Set<string>();
  const delegations: Delegation[] = [];
  const sending = new Map<string, { count: number; until: number }>();
  const onWay = new Set<Promise<void>>();
  let limit = 0;
  let issued = 0;
  let numbered = 0;
  let stopped = false;

  const send = async (to: string, text: string, key: string) => {
    try {
      const { message } = await untilAnswered((signal) =>
        stack.client.terminals.send({ params: { id: to }, body: { text, idempotency_key: key }, signal }),
      );
      taken.add(message.id);
    } catch (error) {
      // It ended in between: nothing was taken, and whoever sends hears of it at once.
      if (!(error instanceof CaoError && error.code === 'gone')) throw error;
    }
  };
  const write = (to: string, all: readonly string[]) => {
    const n = ++numbered;
    const letter = letters[Math.floor(random() * letters.length)]!;
    const { text, count, delegation } = letter(n, to, all, random);
    issued += count;
    if (delegation) delegations.push(delegation);
    const here = sending.get(to) ?? { count: 0, until: 0 };
    sending.set(to, { ...here, count: here.count + 1 });
    const work = send(to, text, `m${n}`).finally(() => {
      // Rows that were read before this do not have it yet.
      sending.set(to, { count: sending.get(to)!.count - 1, until: performance.now() });
      onWay.delete(work);
    });
    onWay.add(work);
  };
  const look = ({ at, open }: Snapshot) => {
    const all = inboxes();
    // Round by round, so that those who come first do not get everything.
    for (let round = 0; round < OPEN_PER_INBOX; round++)
      for (const to of all) {
        if (stopped || issued >= limit) return;
        const { count = 0, until = 0 } = sending.get(to) ?? {};
        if (at < until) continue;
        if ((open.get(to) ?? 0) + count < OPEN_PER_INBOX) write(to, all);
      }
  };
  eye.each(look);
  eye.each(({ idleWorkers }) => {
    for (const id of idleWorkers) void endWorker(stack, id);
  });

  return {
    taken,
    delegations,
    upTo(messages) {
      limit = messages;
    },
    get issued() {
      return issued;
    },
    async stop() {
      stopped = true;
      await Promise.all(onWay);
    },
  };
}

const ending = new Set<string>();

/** Workers of assigned work stay for follow-up; a storm starts hundreds. */
async function endWorker(stack: Stack, id: string): Promise<void> {
  if (ending.has(id)) return;
  ending.add(id);
  await untilAnswered((signal) => stack.client.terminals.close({ params: { id }, signal })).catch(() => {});
}
