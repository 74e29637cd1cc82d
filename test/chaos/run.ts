import { setTimeout as pause } from 'node:timers/promises';
import { startPostgres } from '../support/postgres.ts';
import { startRedis } from '../support/redis.ts';
import { canMakeNamespaces } from '../support/stack/namespace.ts';
import { recordFolder } from '../support/stack/storm.ts';
import { withStack } from '../support/stack/with-stack.ts';
import { type Judgement, judgeAll } from './check.ts';
import { clockEnv, faketimeLibrary } from './clock.ts';
import { keepEvidence, readRecords } from './evidence.ts';
import { strike } from './faults/index.ts';
import { thawStack } from './faults/services.ts';
import { openFleet } from './fleet.ts';
import { keeperOf } from './keeper.ts';
import { watchLedger } from './ledger.ts';
import { type Blow, type FaultKind, planOf } from './plan.ts';
import { watchRecovery } from './recovery.ts';
import { startTraffic } from './traffic.ts';
import { readTruths } from './truth.ts';

export interface ChaosOptions {
  readonly messages: number;
  readonly hosts: number;
  readonly seed: number;
  /** Terminals with malice on each host. */
  readonly terminals: number;
  readonly faults: number;
  readonly scale: number;
  /** Of the scripted agents, without its seed. */
  readonly malice: string;
  /** The evidence, also when nothing is wrong. */
  readonly keep: boolean;
  readonly note: (line: string) => void;
}

/** What happened and when, for whoever looks for a cause. */
interface Struck {
  readonly at: string;
  readonly kind: FaultKind;
  readonly hit: string;
  readonly ms: number;
}

export interface ChaosResult {
  readonly judgement: Judgement;
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  readonly recoveryMs: readonly number[];
  /** What was not well in time after a fault. */
  readonly unrecovered: readonly string[];
  readonly crashes: readonly string[];
  /** From the end of the last fault until no message was open. */
  readonly settleMs: number;
  readonly seconds: number;
  readonly network: 'namespaces' | 'proxies';
  readonly without: readonly FaultKind[];
  readonly evidence: string | null;
}

/** Long partitions are longer than this, and short ones are not. */
const GIVE_UP_AFTER_S = 20;
/** After the last fault, every message is to be settled by then. Units: ms. */
const SETTLE_MS = 60_000;
/** Nobody is away for that long but with a hang of ours. Units: ms. */
const SENT_WITHIN_MS = 120_000;

/** A stack, its storm, and what came of it. Everything that it starts is ended by `cleanup`. */
export async function runChaos(options: ChaosOptions, cleanup: AsyncDisposableStack): Promise<ChaosResult> {
  const { note, seed } = options;
  const began = performance.now();
  // A commit waits for the disk: Postgres is one of what is killed.
  const postgres = await startPostgres({ durable: true });
  cleanup.defer(() => postgres.remove());
  const redis = await startRedis();
  cleanup.defer(() => redis.remove());
  const clock = faketimeLibrary();
  if (!clock) note('no clock jumps: libfaketime is not installed (Debian: apt-get install faketime)');
  const namespaces = canMakeNamespaces();
  if (!namespaces)
    note(
      'no network namespaces (they need root and iproute2): hosts share the network, proxies cut them off',
    );

  const stack = await withStack({
    backend: 'redis',
    services: { adminUrl: postgres.url, redisUrl: redis.url },
    replicas: 2,
    hosts: options.hosts,
    namespaces,
    cuttable: true,
    capacity: options.terminals * 6,
    serviceEnv: { CAO_GIVE_UP_AFTER: String(GIVE_UP_AFTER_S) },
    agentEnv: { CAO_SCRIPTED_MALICE: `seed=${seed},${options.malice}` },
    ...(clock ? { hostEnv: (stateDir) => clockEnv(clock, stateDir) } : {}),
  });
  cleanup.use(stack);
  const keeper = keeperOf([...stack.apis, ...stack.schedulers, ...stack.hosts.map(({ agent }) => agent)]);
  cleanup.defer(() => keeper.stop());
  cleanup.defer(thawStack);
  const eye = await watchLedger(stack.databaseUrl);
  cleanup.defer(() => eye.stop());
  note(`${options.hosts} hosts are up; opening ${options.terminals} terminals on each`);
  const fleet = await openFleet(stack, eye, options.terminals);
  const truths = readTruths(recordFolder(stack));
  const recovery = watchRecovery(stack, eye, fleet, truths);
  const traffic = startTraffic(stack, eye, fleet.inboxes, seed);
  const without: FaultKind[] = clock ? [] : ['clock_jump'];
  const plan = planOf({ ...options, without });
  note(`the storm begins after ${seconds(began)} s: ${plan.flatMap(({ faults }) => faults).length} faults`);

  const struck: Struck[] = [];
  const recoveryMs: number[] = [];
  const unrecovered: string[] = [];
  const field = { stack, postgres, redis, keeper };
  for (const [n, blow] of plan.entries()) {
    // Every fault finds mail on its way: what is sent is spread over all of them.
    traffic.upTo(plan[n + 1]?.after ?? options.messages);
    if (!(await sent(blow)))
      unrecovered.push(`within ${SENT_WITHIN_MS} ms, ${blow.after} messages were not sent`);
    const hits = await Promise.all(
      blow.faults.map(async (fault) => {
        const at = new Date().toISOString();
        const hit = await strike(field, fault);
        struck.push({ at, kind: fault.kind, hit, ms: fault.ms });
        return `${fault.kind} (${hit})`;
      }),
    );
    const { ms, last, missing } = await recovery.measure();
    recoveryMs.push(ms);
    unrecovered.push(...missing.map((what) => `after ${hits.join(' and ')}: ${what}`));
    note(
      `${n + 1}/${plan.length} ${hits.join(' and ')}: well again after ${ms} ms (${last}); ${eye.now().sent} messages sent`,
    );
    for (const what of missing) note(`  not well: ${what}`);
  }
  const lastFault = performance.now() - (recoveryMs.at(-1) ?? 0);
  await sent({ after: options.messages, faults: [] });
  await traffic.stop();
  await fleet.stop();
  const asked = performance.now();
  const settled = await eye.until(
    ({ at, open, unanswered, runningTasks }) =>
      at > asked && open.size === 0 && unanswered === 0 && runningTasks === 0,
    SETTLE_MS,
  );
  const settleMs = Math.round(performance.now() - lastFault);
  note(settled ? `all is settled ${seconds(lastFault)} s after the last fault` : 'not everything is settled');

  const dump = await eye.dump();
  const evidence = {
    dump,
    records: readRecords(stack),
    taken: traffic.taken,
    delegations: traffic.delegations,
  };
  const result = {
    judgement: judgeAll(evidence),
    faults: countBy(struck),
    recoveryMs,
    unrecovered,
    crashes: keeper.crashes,
    settleMs,
    network: namespaces ? ('namespaces' as const) : ('proxies' as const),
    without,
  };
  const kept =
    isClean(result) && !options.keep
      ? null
      : keepEvidence(stack, `seed-${seed}-${Date.now()}`, {
          'result.json': result,
          'plan.json': plan,
          'faults.json': struck,
          'ledger.json': dump,
          'delegations.json': traffic.delegations,
          'events.json': stack.events.all(),
        });
  return { ...result, seconds: seconds(began), evidence: kept };

  function sent({ after }: Blow): Promise<boolean> {
    const until = performance.now() + SENT_WITHIN_MS;
    return (async () => {
      while (traffic.issued < after && performance.now() < until) await pause(50);
      return traffic.issued >= after;
    })();
  }
}

/** Whether nothing is wrong. */
export function isClean({
  judgement: { sent, accepted, dead, handoffs, assigns, ...lists },
  unrecovered,
  crashes,
  settleMs,
}: Pick<ChaosResult, 'judgement' | 'unrecovered' | 'crashes' | 'settleMs'>): boolean {
  const { open, ...wrong } = lists;
  return (
    open === 0 &&
    settleMs <= SETTLE_MS &&
    [...Object.values(wrong), unrecovered, crashes].every((list) => list.length === 0)
  );
}

const seconds = (since: number): number => Math.round((performance.now() - since) / 1000);

function countBy(struck: readonly Struck[]): Partial<Record<FaultKind, number>> {
  const counts: Partial<Record<FaultKind, number>> = {};
  for (const { kind } of struck) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
