import { randomUUID } from 'node:crypto';
import type { Stack, StackHost } from '../support/stack/with-stack.ts';
import type { LedgerEye } from './ledger.ts';
import { untilAnswered } from './patience.ts';

/** The terminals that are written to: some with malice on each host, and one without, which tells how a host is. */
export interface Fleet {
  /** Those with malice that are not known to have ended. */
  inboxes(): readonly string[];
  /** The one of this host that does what it is told at once; undefined while it starts anew. */
  probe(host: StackHost): string | undefined;
  readonly opened: number;
  /** Nothing that ends is started anew from now on. */
  stop(): Promise<void>;
}

const PROBE = 'chaos_probe';
/** An empty one would be the malice of all. */
const PROBE_PROFILE = `---
name: ${PROBE}
description: does what it is told at once
scripted:
  malice: seed=0
---
A probe.
`;

interface Slot {
  readonly host: StackHost;
  readonly profile: string;
  /** It runs on this host or nowhere; the others go on elsewhere when theirs is given up. */
  readonly stays: boolean;
  id: string | undefined;
  opening: boolean;
}

export async function openFleet(stack: Stack, eye: LedgerEye, perHost: number): Promise<Fleet> {
  await stack.client.profiles.put({ params: { name: PROBE }, body: { content: PROBE_PROFILE } });
  const slots: Slot[] = stack.hosts.flatMap((host) => [
    { host, profile: PROBE, stays: true, id: undefined, opening: false },
    ...Array.from({ length: perHost }, (_, n) => ({
      host,
      profile: 'developer',
      stays: n % 2 === 0,
      id: undefined,
      opening: false,
    })),
  ]);
  const opening = new Set<Promise<void>>();
  let opened = 0;
  let stopped = false;

  const open = async (slot: Slot) => {
    const { terminal } = await untilAnswered((signal) =>
      // Its name is new at each try: one whose answer was lost stays as an idle one.
      stack.client.sessions.create({
        body: {
          agent_profile: slot.profile,
          provider: 'scripted',
          session_name: `chaos-${randomUUID().slice(0, 13)}`,
          ...(slot.stays ? { host: slot.host.name } : { on_host_lost: 'restart' }),
        },
        signal,
      }),
    );
    slot.id = terminal.id;
    opened++;
  };
  const fill = () => {
    for (const slot of slots) {
      if (slot.id !== undefined || slot.opening || stopped) continue;
      slot.opening = true;
      const work = open(slot).finally(() => {
        slot.opening = false;
        opening.delete(work);
      });
      opening.add(work);
    }
  };
  fill();
  await Promise.all(opening);
  const up = (id: string | undefined) =>
    ['idle', 'completed'].includes(eye.now().terminals.get(id!)?.status ?? '');
  const ready = await eye.until(() => slots.every(({ id }) => up(id)), START_MS);
  if (!ready) throw new Error(`not every terminal was up within ${START_MS} ms`);
  eye.each(({ terminals }) => {
    for (const slot of slots)
      if (slot.id !== undefined && terminals.get(slot.id)?.lifecycle === 'closed') slot.id = undefined;
    fill();
  });

  return {
    inboxes: () => slots.flatMap(({ profile, id }) => (profile !== PROBE && id !== undefined ? [id] : [])),
    probe: (host) => slots.find((slot) => slot.host === host && slot.profile === PROBE)!.id,
    get opened() {
      return opened;
    },
    async stop() {
      stopped = true;
      await Promise.all(opening);
    },
  };
}

/** Dozens of programs on a small machine. Units: ms. */
const START_MS = 120_000;
