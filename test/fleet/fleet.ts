import type { Client } from 'pg';
import type { Orders } from '../support/fleet/protocol.ts';
import type { Caller } from './caller.ts';
import type { Cluster } from './cluster.ts';
import type { Meters } from './meters.ts';
import type { HostProcess } from './simulated-hosts.ts';

export interface FleetOptions {
  readonly hosts: number;
  /** Per host. */
  readonly terminals: number;
  readonly replicas: number;
  /** Messages per second of the load. */
  readonly rate: number;
  /** Of each phase that lasts. */
  readonly seconds: number;
}

/** What the phases share; each leaves it as the next one finds it. */
export interface Fleet {
  readonly options: FleetOptions;
  readonly cluster: Cluster;
  readonly caller: Caller;
  /** Looks at the rows from outside. */
  readonly observer: Client;
  readonly meters: Meters;
  readonly processes: readonly HostProcess[];
  /** For people who wait. */
  note(line: string): void;
}

/** Of all processes of hosts, in their order. */
export const orderAll = <K extends keyof Orders>(
  fleet: Fleet,
  kind: K,
  order: Orders[K]['order'],
): Promise<Orders[K]['answer'][]> =>
  Promise.all(fleet.processes.map((process) => process.order(kind, order)));

export async function seenByAll(fleet: Fleet): Promise<Orders['seen']['answer']> {
  const all = await orderAll(fleet, 'seen', null);
  return {
    messages: all.flatMap(({ messages }) => messages),
    failed: all.flatMap(({ failed }) => failed),
    welcomed: all.flatMap(({ welcomed }) => welcomed),
  };
}

const LOOK_EVERY_MS = 50;
/** Looking takes from what is looked at: of the time at most a tenth. */
const PAUSE_PER_LOOK = 9;
/** What does not come by then will not. Units: ms. */
const GIVE_UP_MS = 600_000;

/** Looks until it is so. @throws Error naming `what` when it does not come. */
export async function until(
  what: string,
  look: () => Promise<boolean>,
  giveUpMs = GIVE_UP_MS,
): Promise<void> {
  for (let began = performance.now(), late = began + giveUpMs; !(await look()); began = performance.now()) {
    const took = performance.now() - began;
    if (began > late) throw new Error(`it did not come in ${giveUpMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, Math.max(LOOK_EVERY_MS, took * PAUSE_PER_LOOK)));
  }
}

/** The one number that a query gives. */
export async function countOf(fleet: Fleet, query: string, values: unknown[] = []): Promise<number> {
  const { rows } = await fleet.observer.query<{ n: string }>(`select ${query} as n`, values);
  return Number(rows[0]!.n);
}
