import { Redis } from 'ioredis';
import type { Client } from 'pg';
import { cpuMs, familyCpuMs, parentOf, rssMb } from '../bench/support/processes.ts';
import type { Cluster } from './cluster.ts';

/** What a phase used. Per cent are of one core. */
export interface Usage {
  readonly seconds: number;
  /** One entry per replica. */
  readonly api_cpu_pct: readonly number[];
  readonly api_rss_mb_max: readonly number[];
  readonly scheduler_cpu_pct: number;
  readonly postgres_cpu_pct: number;
  readonly redis_cpu_pct: number;
  /** Of the simulated hosts: not a cost of CAO's services, but they share the machine. */
  readonly hosts_cpu_pct: number;
  readonly postgres_commits_per_s: number;
  readonly postgres_connections: number;
  /** Rows inserted, updated and deleted. */
  readonly postgres_writes_per_s: number;
  readonly redis_commands_per_s: number;
  readonly redis_connections: number;
  readonly redis_memory_mb: number;
}

const SAMPLE_MS = 500;
const MB = 1024 * 1024;

interface Sample {
  readonly at: number;
  readonly api: readonly number[];
  readonly scheduler: number;
  readonly postgres: number;
  readonly redis: number;
  readonly hosts: number;
  readonly commits: number;
  readonly writes: number;
  readonly commands: number;
}

export interface Meters extends AsyncDisposable {
  /** What the services use while `work` runs. */
  during<T>(work: () => Promise<T>): Promise<{ value: T; usage: Usage }>;
}

export async function openMeters(
  cluster: Cluster,
  observer: Client,
  hostPids: () => readonly number[],
): Promise<Meters> {
  const redis = new Redis(cluster.redisUrl);
  const postmaster = await postmasterOf(observer);
  const redisPid = Number(field(await redis.info('server'), 'process_id'));
  const sum = (pids: readonly number[]) => pids.reduce((total, pid) => total + (cpuMs(pid) || 0), 0);
  const apiPids = () => cluster.apis.map(({ pid }) => pid!);

  const sample = async (): Promise<Sample> => {
    const { rows } = await observer.query(
      `select xact_commit + xact_rollback as commits, tup_inserted + tup_updated + tup_deleted as writes
       from pg_stat_database where datname = current_database()`,
    );
    return {
      at: performance.now(),
      api: apiPids().map((pid) => sum([pid])),
      scheduler: sum([cluster.scheduler.pid!]),
      postgres: familyCpuMs(postmaster),
      redis: sum([redisPid]),
      hosts: sum(hostPids()),
      commits: Number(rows[0].commits),
      writes: Number(rows[0].writes),
      commands: Number(field(await redis.info('stats'), 'total_commands_processed')),
    };
  };

  return {
    async during(work) {
      const rss = apiPids().map(() => 0);
      const look = () => {
        for (const [n, pid] of apiPids().entries()) rss[n] = Math.max(rss[n]!, rssMb(pid) || 0);
      };
      const before = await sample();
      const timer = setInterval(look, SAMPLE_MS);
      const value = await work();
      clearInterval(timer);
      look();
      const after = await sample();
      const seconds = (after.at - before.at) / 1000;
      const percent = (ms: number) => round(ms / 10 / seconds);
      const used = (which: 'scheduler' | 'postgres' | 'redis' | 'hosts') =>
        percent(after[which] - before[which]);
      const rate = (which: 'commits' | 'writes' | 'commands') =>
        round((after[which] - before[which]) / seconds);
      const { rows } = await observer.query(
        `select count(*)::int as open from pg_stat_activity where backend_type = 'client backend'`,
      );
      const usage: Usage = {
        seconds: round(seconds),
        // A replica that was started anew meanwhile began at zero.
        api_cpu_pct: after.api.map((ms, n) => percent(ms < before.api[n]! ? ms : ms - before.api[n]!)),
        api_rss_mb_max: rss.map(round),
        scheduler_cpu_pct: used('scheduler'),
        postgres_cpu_pct: used('postgres'),
        redis_cpu_pct: used('redis'),
        hosts_cpu_pct: used('hosts'),
        postgres_commits_per_s: rate('commits'),
        postgres_connections: rows[0].open as number,
        postgres_writes_per_s: rate('writes'),
        redis_commands_per_s: rate('commands'),
        redis_connections: Number(field(await redis.info('clients'), 'connected_clients')),
        redis_memory_mb: round(Number(field(await redis.info('memory'), 'used_memory')) / MB),
      };
      return { value, usage };
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
    },
  };
}

/** The parent of all its processes. */
async function postmasterOf(observer: Client): Promise<number> {
  const { rows } = await observer.query('select pg_backend_pid() as pid');
  return parentOf(rows[0].pid as number);
}

const field = (info: string, name: string): string =>
  new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? '';

export const round = (value: number): number => Math.round(value * 10) / 10;
