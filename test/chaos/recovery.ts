import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CaoError } from '@cao/contracts';
import type { Stack, StackHost } from '../support/stack/with-stack.ts';
import type { Fleet } from './fleet.ts';
import type { LedgerEye, Snapshot, TerminalRow } from './ledger.ts';
import { untilAnswered } from './patience.ts';
import type { Truth, Truths } from './truth.ts';

/** Longer than the sweep, which finds what every bell has missed. Units: ms. */
const RECOVERY_MS = 60_000;
const AGAIN_MS = 100;

export interface Recovery {
  /**
   * From now until all is well again: every terminal was seen to be told as it is, and on every host a message was taken.
   * @returns ms, what was well last, and what was not well after `RECOVERY_MS`.
   */
  measure(): Promise<{ ms: number; last: string; missing: readonly string[] }>;
}

export function watchRecovery(stack: Stack, eye: LedgerEye, fleet: Fleet, truths: Truths): Recovery {
  const before = new Map<string, Truth>();
  /** When a terminal was last seen to be told as it is. */
  const seenRight = new Map<string, number>();
  let wrong = new Map<string, string>();

  eye.each(({ at, terminals }) => {
    wrong = new Map();
    for (const row of terminals.values()) {
      if (row.lifecycle === 'closed') continue;
      const truth = truths.of(row.id);
      const steady = truth !== null && before.get(row.id)?.lines === truth.lines;
      if (truth) before.set(row.id, truth);
      // It changed while the rows were read: the next look tells.
      if (!steady) continue;
      if (row.lifecycle === 'live' && row.status === truth.status) seenRight.set(row.id, at);
      else wrong.set(row.id, `${row.id} is ${truth.status} and told as ${row.lifecycle}, ${row.status}`);
    }
  });

  const told = async (since: number): Promise<string[]> => {
    const all = [...eye.now().terminals.values()].filter(isPlaced).map(({ id }) => id);
    const right =
      ({ terminals }: Snapshot) =>
      (id: string) =>
        terminals.get(id)?.lifecycle === 'closed' || (seenRight.get(id) ?? 0) > since;
    await eye.until((snapshot) => all.every(right(snapshot)), RECOVERY_MS);
    const now = right(eye.now());
    return all.filter((id) => !now(id)).map((id) => wrong.get(id) ?? `${id} was never seen to be steady`);
  };

  const taken = async (host: StackHost, giveUp: number): Promise<string[]> => {
    while (performance.now() < giveUp) {
      const id = fleet.probe(host);
      const state = id === undefined ? 'gone' : await probe(stack, eye, id, giveUp);
      if (state === 'accepted') return [];
      await pause(AGAIN_MS);
    }
    return [`no message was taken on ${host.name}`];
  };

  return {
    async measure() {
      const began = performance.now();
      let last = '';
      const noted = async (what: string, work: Promise<string[]>) => {
        const missing = await work;
        last = what;
        return missing;
      };
      const missing = await Promise.all([
        noted('statuses', told(began)),
        ...stack.hosts.map((host) => noted(`a message on ${host.name}`, taken(host, began + RECOVERY_MS))),
      ]);
      return { ms: Math.round(performance.now() - began), last, missing: missing.flat() };
    },
  };
}

const isPlaced = ({ lifecycle }: TerminalRow): boolean => lifecycle === 'live' || lifecycle === 'lost';

/** Sends a message and waits until it is settled. @returns its state. */
async function probe(stack: Stack, eye: LedgerEye, id: string, giveUp: number): Promise<string> {
  try {
    const text = `probe ${randomUUID()}`;
    const { message } = await untilAnswered((signal) =>
      stack.client.terminals.send({ params: { id }, body: { text, idempotency_key: text }, signal }),
    );
    const sent = performance.now();
    await eye.until(({ at, open }) => at > sent && !open.get(id), giveUp - sent);
    const { message: now } = await untilAnswered((signal) =>
      stack.client.terminals.message({ params: { id: message.id }, signal }),
    );
    return now.state;
  } catch (error) {
    if (error instanceof CaoError && error.code === 'gone') return 'gone';
    throw error;
  }
}
