import { PLACEMENT_QUEUE, placementBells, SWEEP_QUEUE, sweepBells } from '@cao/contracts';
import { connect, migrate } from '@cao/db';
import { openQueues } from '@cao/queue';
import { armFailpoints, inRounds, lifecycle, makeLogger, type Part, runUntilSignal } from '@cao/runtime';
import type { Deps } from './deps.ts';
import { schedulerEnvFrom } from './env.ts';
import { place } from './placement/place.ts';
import { judgeHosts } from './sweeps/judge.ts';
import { SWEEP_EVERY_MS, sweep } from './sweeps/sweep.ts';

const env = schedulerEnvFrom();
armFailpoints(env.CAO_FAILPOINTS);
const log = makeLogger('scheduler', env.CAO_LOG_LEVEL);

const database = connect({ url: env.DATABASE_URL, log, max: 4 });
await migrate(database);
const queues = await openQueues({
  backend: env.REDIS_URL
    ? { kind: 'redis', url: env.REDIS_URL, prefix: env.CAO_REDIS_PREFIX }
    : { kind: 'postgres', url: env.DATABASE_URL },
  log,
});
const deps: Deps = { database, queues, log };

let judge: { stop(): void } | undefined;

const parts: Part[] = [
  { name: 'database', stop: () => database.close() },
  { name: 'queues', stop: () => queues.close() },
  {
    name: 'judge',
    async start() {
      judge = await judgeHosts(deps, env.CAO_GIVE_UP_AFTER);
    },
    stop: () => judge?.stop(),
  },
  {
    name: 'bells',
    async start() {
      await queues.serve(
        PLACEMENT_QUEUE,
        Object.values(placementBells),
        inRounds(() => place(deps)),
      );
      await queues.serve(
        SWEEP_QUEUE,
        Object.values(sweepBells),
        (_kind, _id, signal) => sweep(deps, { eventDays: env.CAO_EVENT_DAYS, signal }),
        {
          concurrency: 1,
        },
      );
      await queues.every(SWEEP_QUEUE, sweepBells.sweep, 'all', SWEEP_EVERY_MS);
      // Once at the start: whatever waited while no scheduler ran.
      await queues.ring(SWEEP_QUEUE, sweepBells.sweep, 'all');
      log.info('the scheduler is ready');
      process.send?.({ type: 'ready' });
    },
  },
];

process.exitCode = await runUntilSignal(lifecycle(parts), (error) =>
  log.fatal({ err: error }, 'the scheduler ends'),
);
process.exit();
