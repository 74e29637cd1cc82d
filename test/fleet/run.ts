import { availableParallelism } from 'node:os';
import { Client } from 'pg';
import { makeCaller } from './caller.ts';
import { type ClusterOptions, startCluster } from './cluster.ts';
import type { Fleet, FleetOptions } from './fleet.ts';
import { openMeters } from './meters.ts';
import { type Idle, idle } from './phases/idle.ts';
import { type Join, join } from './phases/join.ts';
import { type Launch, launch } from './phases/launch.ts';
import { limit, load, type Messages } from './phases/messages.ts';
import { type Storm, storm } from './phases/storm.ts';
import { startHostProcess } from './simulated-hosts.ts';

export interface Figures {
  readonly join: Join;
  readonly launch: Launch;
  readonly idle: Idle;
  readonly load: Messages;
  readonly limit: Messages;
  readonly storm: Storm;
}

/** Enough that statements have company. Of 100 hosts × 10 half of them send a tenth fewer, each accepted in two thirds of the time. */
const SENDERS = 128;
/** Hosts that one process simulates without being what is measured. */
const HOSTS_PER_PROCESS = 500;

export async function runFleet(
  options: FleetOptions,
  { note, signal, services }: Surroundings,
): Promise<Figures> {
  await using parts = new AsyncDisposableStack();
  note(`starting ${options.replicas} api, a scheduler, Postgres and Redis`);
  const cluster = parts.use(
    await startCluster({ replicas: options.replicas, ...(services && { services }) }),
  );
  const observer = new Client({ connectionString: cluster.databaseUrl });
  await observer.connect();
  parts.defer(() => observer.end());
  const caller = makeCaller(cluster.urls, cluster.adminToken);
  parts.defer(() => caller.close());
  const count = Math.min(Math.ceil(options.hosts / HOSTS_PER_PROCESS), availableParallelism());
  const processes = Array.from({ length: count }, startHostProcess);
  for (const one of processes) parts.defer(() => one.stop());
  const meters = parts.use(await openMeters(cluster, observer, () => processes.map(({ pid }) => pid)));
  const fleet: Fleet = { options, cluster, caller, observer, meters, processes, note };
  const senders = Math.min(SENDERS, Math.ceil((options.hosts * options.terminals) / 4));
  const phase = async <T>(name: string, work: (fleet: Fleet) => Promise<T>): Promise<T> => {
    signal.throwIfAborted();
    const figures = await Promise.race([work(fleet), aborted(signal)]);
    note(`${name}: ${JSON.stringify(figures)}`);
    return figures;
  };
  const figures = {
    join: await phase('join', join),
    launch: await phase('launch', launch),
    idle: await phase('idle', idle),
    load: await phase('load', () => load(fleet, options.rate)),
    limit: await phase('limit', () => limit(fleet, senders)),
    storm: await phase('storm', storm),
  };
  return figures;
}

export interface Surroundings {
  note(line: string): void;
  readonly signal: AbortSignal;
  readonly services?: ClusterOptions['services'];
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
