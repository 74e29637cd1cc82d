import type { EventView } from '@cao/contracts';
import { EVENT_CHANNEL, eventsIn } from '@cao/db';
import type { Client, Notification } from 'pg';
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

/** What does not come by then will not. Units: ms. */
const GIVE_UP_MS = 600_000;

/** Hears of every event from now on, until it is disposed of. */
export async function hearEvents(
  { observer }: Fleet,
  hear: (event: Partial<EventView>) => void,
): Promise<Disposable> {
  const listener = ({ payload = '' }: Notification) => {
    for (const event of eventsIn(payload)) hear(event);
  };
  observer.on('notification', listener);
  await observer.query(`listen "${EVENT_CHANNEL}"`);
  return { [Symbol.dispose]: () => void observer.off('notification', listener) };
}

/**
 * Looks how many are missing, and again once as many events have told of one each: looking takes from what is looked at.
 * @param missing by rows, which are committed before their events are told. @throws Error naming `what` when they do not come.
 */
export async function untilNone(
  fleet: Fleet,
  what: string,
  missing: () => Promise<number>,
  tells: (event: Partial<EventView>) => boolean,
  giveUpMs = GIVE_UP_MS,
): Promise<void> {
  let heard = 0;
  let wanted = Number.POSITIVE_INFINITY;
  let wake = () => {};
  using _ = await hearEvents(fleet, (event) => {
    if (tells(event) && ++heard >= wanted) wake();
  });
  const late = AbortSignal.timeout(giveUpMs);
  for (;;) {
    heard = 0;
    wanted = await missing();
    if (wanted <= 0) return;
    const told = new Promise<void>((resolve, reject) => {
      wake = resolve;
      late.addEventListener('abort', () => reject(new Error(`it did not come in ${giveUpMs} ms: ${what}`)));
    });
    if (heard >= wanted) wake();
    await told;
  }
}

/** The one number that a query gives. */
export async function countOf(fleet: Fleet, query: string, values: unknown[] = []): Promise<number> {
  const { rows } = await fleet.observer.query<{ n: string }>(`select ${query} as n`, values);
  return Number(rows[0]!.n);
}
