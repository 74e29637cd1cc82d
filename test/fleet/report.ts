import type { FleetOptions } from './fleet.ts';
import type { Usage } from './meters.ts';
import type { Figures } from './run.ts';

type Result = FleetOptions & Figures & { machine: { cores: number; load_before: number } };

/** The figures as a page for people, with the targets beside them. */
export function report(result: Result): string {
  const { join, launch, idle, load, limit, storm } = result;
  const row = (what: string, value: string, target = '') =>
    `${what.padEnd(44)} ${value.padStart(22)}  ${target}`.trimEnd();
  const usage = (name: string, used: Usage) => [
    row(`${name}: api, % of a core`, used.api_cpu_pct.join(' + ')),
    row(`${name}: api, most memory, MB`, used.api_rss_mb_max.join(' + '), 'each ≤ 1000'),
    row(`${name}: Postgres, % of a core`, String(used.postgres_cpu_pct)),
    row(
      `${name}: Postgres, commits/s, rows written/s`,
      `${used.postgres_commits_per_s}, ${used.postgres_writes_per_s}`,
    ),
    row(`${name}: Redis, % of a core, commands/s`, `${used.redis_cpu_pct}, ${used.redis_commands_per_s}`),
    row(`${name}: Redis, connections, MB`, `${used.redis_connections}, ${used.redis_memory_mb}`),
  ];
  return [
    `${result.hosts} simulated hosts × ${result.terminals} simulated terminals, ${result.replicas} api on ${result.machine.cores} cores`,
    row('hosts joined/s, linked/s', `${join.joined_per_s}, ${join.linked_per_s}`),
    row('terminals placed and started/s', String(launch.placed_per_s)),
    row(`${launch.at_once.terminals} launched at once, s`, String(launch.at_once.seconds), '≤ 1.5'),
    row('hosts over their capacity', String(launch.over_committed), '0'),
    ...usage('idle', idle.usage),
    row('idle: /health p50, p99, ms', `${idle.health_ms.p50}, ${idle.health_ms.p99}`),
    row(`${result.rate} messages/s: POST p50, p99, ms`, `${load.post_ms.p50}, ${load.post_ms.p99}`),
    row('… accepted p50, p99, ms', `${load.accepted_ms.p50}, ${load.accepted_ms.p99}`, 'p99 ≤ 250'),
    row('… /health p50, p99, ms', `${load.health_ms.p50}, ${load.health_ms.p99}`, 'as idle'),
    ...usage('load', load.usage),
    row('most messages/s accepted', String(limit.accepted_per_s), '≥ 1000'),
    ...usage('most', limit.usage),
    row('api killed: hosts that dialled again', String(storm.unlinked)),
    row('… all linked, s', String(storm.linked_s), '≤ 15'),
    row('… every status true, s', String(storm.true_status_s), '≤ 5'),
    row('… welcomed by second', storm.welcomed_per_s.join(' ')),
    row('… failed dials by second', storm.failed_dials_per_s.join(' ')),
  ].join('\n');
}
