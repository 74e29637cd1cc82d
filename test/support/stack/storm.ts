import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CaoError } from '@cao/contracts';
import { emptyVerdict, judge, recordOf, type Verdict } from './ledger-check.ts';
import type { Stack } from './with-stack.ts';

/** Where the scripted agents of a storm write down what reached them: inside the stack's folder, so that it goes with it. */
export const recordFolder = (stack: Stack): string => join(stack.dir, 'record');

/** Agents that are to be written to, one session each. */
/** @param hosts where each is, if that matters */
export async function openInboxes(
  stack: Stack,
  count: number,
  hosts: readonly string[] = [],
): Promise<string[]> {
  mkdirSync(recordFolder(stack), { recursive: true });
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const { terminal } = await stack.client.sessions.create({
      body: {
        agent_profile: 'developer',
        provider: 'scripted',
        session_name: `storm-${n}`,
        host: hosts[n],
      },
    });
    ids.push(terminal.id);
  }
  for (const id of ids)
    await stack.event(
      `${id} is up`,
      (event) => event.kind === 'terminal.status' && event.terminal_id === id && event.data.status === 'idle',
    );
  return ids;
}

/** Sends through an api that may be dead at any moment: the idempotency key makes trying again harmless. */
export async function send(stack: Stack, terminal: string, text: string): Promise<'sent' | 'gone'> {
  for (;;) {
    try {
      await stack.client.terminals.send({
        params: { id: terminal },
        body: { text, idempotency_key: text.slice(0, 60) },
      });
      return 'sent';
    } catch (error) {
      if (error instanceof CaoError && error.code === 'gone') return 'gone';
      if (!(error instanceof CaoError) || !['unreachable', 'unavailable', 'internal'].includes(error.code))
        throw error;
      await pause(100);
    }
  }
}

/** How long it may take after the last fault, or after another message has settled, until the next one does. Units: ms. */
const SETTLE_MS = 60_000;

/** Waits until no message is open any more, then compares the panes with the ledger. */
export async function settleAndJudge(stack: Stack, terminals: readonly string[]): Promise<Verdict> {
  let until = Date.now() + SETTLE_MS;
  let left = Number.POSITIVE_INFINITY;
  for (;;) {
    const verdict = emptyVerdict();
    for (const id of terminals) {
      const { messages } = await stack.client.terminals.messages({ params: { id }, query: { limit: 500 } });
      const { terminal } = await stack.client.terminals.get({ params: { id } });
      judge(verdict, messages, recordOf(recordFolder(stack), id), terminal.lifecycle === 'closed');
    }
    if (verdict.open === 0) return verdict;
    if (verdict.open < left) {
      left = verdict.open;
      until = Date.now() + SETTLE_MS;
    }
    if (Date.now() > until) {
      for (const id of terminals) console.error(await stuckness(stack, id));
      return verdict;
    }
    await pause(250);
  }
}

/** Of a terminal whose messages do not settle: all that the system knows, and what its pane shows. */
async function stuckness(stack: Stack, id: string): Promise<string> {
  const { lines } = await stack.client.terminals.why({ params: { id } });
  const told = stack.events.all().filter((event) => event.terminal_id === id);
  const last = told.slice(-12).map((event) => `${event.at} ${event.kind} ${JSON.stringify(event.data)}`);
  const screen = await stack.client.terminals.output({ params: { id }, query: { mode: 'screen' } }).then(
    ({ output }) => output.trimEnd(),
    (error: unknown) => String(error),
  );
  return [`${id}:`, ...lines, ...last, screen].join('\n');
}

/** A seeded stream of numbers in [0, 1): the same seed, the same storm. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Messages on their way at one time, over all inboxes: enough to keep everybody busy, few enough to end soon. */
const MAX_OPEN = 9;

/** Sends one message to each inbox, and then waits until the ledger has caught up a little. */
export function sender(stack: Stack, inboxes: readonly string[]): () => Promise<void> {
  let sent = 0;
  const settled = () =>
    stack.events.all().filter((event) => event.kind === 'message.accepted' || event.kind === 'message.dead')
      .length;
  return async () => {
    await Promise.all(inboxes.map((id) => send(stack, id, `message ${++sent} for ${id}`)));
    const giveUp = Date.now() + 1_000;
    // While the api is dead nothing settles: then it goes on after a second, so that what waits for a message gets one.
    while (sent - settled() > MAX_OPEN && Date.now() < giveUp) await pause(20);
  };
}
