import { RedisConnection } from 'bullmq';
import { Cluster } from 'ioredis';
import { within } from './deadline.ts';
import type { RedisClient } from './redis-client.ts';
import { PING_DEADLINE_MS } from './timing.ts';

/** Something about a Redis that its operator should know. */
export interface RedisFinding {
  /** `error`: the queues would break. `warning`: they work, and something is worse. `unknown`: the server does not tell. */
  readonly severity: 'error' | 'warning' | 'unknown';
  readonly what: string;
  /** What follows from it. */
  readonly why: string;
  /** What mends it. */
  readonly next: string;
}

/** Each master of a cluster is looked at; what is wrong with several is said once. Never rejects. */
export async function inspectRedis(redis: RedisClient): Promise<readonly RedisFinding[]> {
  const nodes = redis instanceof Cluster ? redis.nodes('master') : [redis];
  const findings = await Promise.all(
    // Of the server, not of its settings: those a managed Redis keeps to itself.
    nodes.map((node) =>
      within(PING_DEADLINE_MS, 'INFO', node.info()).then(findingsOf, (cause: Error) => [
        unknown(`what it is and how it is set up: ${cause.message}`),
      ]),
    ),
  );
  return [...new Map(findings.flat().map((finding) => [finding.what, finding])).values()];
}

/** Reads the answer to INFO. */
export function findingsOf(info: string): RedisFinding[] {
  const fields = new Map(info.split(/\r?\n/).map((line) => splitOnce(line)));
  return [
    ...versionFindings(fields.get('redis_version')),
    ...evictionFindings(fields.get('maxmemory_policy')),
    ...appendOnlyFindings(fields.get('aof_enabled')),
  ];
}

const splitOnce = (line: string): [string, string] => {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1)];
};

const unknown = (what: string): RedisFinding => ({
  severity: 'unknown',
  what: `it does not tell ${what}`,
  why: 'It is used as it is.',
  next: 'See that maxmemory-policy is noeviction and appendonly is yes.',
});

/** Valkey and its like tell the version of Redis that they are compatible with. */
function versionFindings(version: string | undefined): RedisFinding[] {
  if (version === undefined) return [unknown('its version')];
  const { minimumVersion: oldest, recommendedMinimumVersion: wanted } = RedisConnection;
  if (!isOlder(version, wanted)) return [];
  return [
    {
      severity: isOlder(version, oldest) ? 'error' : 'warning',
      what: `its version is ${version}`,
      why: `BullMQ needs ${oldest} and is made for ${wanted} and newer.`,
      next: 'Upgrade it.',
    },
  ];
}

function evictionFindings(policy: string | undefined): RedisFinding[] {
  if (policy === undefined) return [unknown('its maxmemory-policy')];
  if (policy === 'noeviction') return [];
  return [
    {
      severity: 'error',
      what: `its maxmemory-policy is ${policy}`,
      why: 'Short of memory, it would throw parts of queues away, and they would stand still.',
      next: 'redis-cli CONFIG SET maxmemory-policy noeviction && redis-cli CONFIG REWRITE',
    },
  ];
}

function appendOnlyFindings(enabled: string | undefined): RedisFinding[] {
  if (enabled === undefined) return [unknown('whether it keeps an append-only file')];
  if (enabled === '1') return [];
  return [
    {
      severity: 'warning',
      what: 'its append-only file is off',
      why:
        'A restart of Redis forgets the bells that wait. Nothing is lost but time: the rows in Postgres are the truth, ' +
        'and what waits is found within 30 s.',
      next: 'redis-cli CONFIG SET appendonly yes && redis-cli CONFIG REWRITE',
    },
  ];
}

/** Compares numbers between dots; what follows them (`7.4.0-rc1`) does not count. */
function isOlder(version: string, than: string): boolean {
  const parts = (text: string) => text.split('.').map((part) => Number.parseInt(part, 10) || 0);
  const [mine, other] = [parts(version), parts(than)];
  const differs = other.findIndex((part, n) => part !== (mine[n] ?? 0));
  return differs >= 0 && (mine[differs] ?? 0) < other[differs]!;
}
