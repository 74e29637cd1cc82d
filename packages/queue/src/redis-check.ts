import { RedisConnection } from 'bullmq';
import { Cluster } from 'ioredis';
import { within } from './deadline.ts';
import { connectRedis, endRedis, type RedisClient, redisReady } from './redis-client.ts';
import { parseRedisUrl } from './redis-url.ts';
import { PING_DEADLINE_MS } from './timing.ts';

/** Something about a Redis that its operator should know: what is, what follows, and what mends it. */
export interface RedisFinding {
  /** `error`: the queues would break. `warning`: they work, and something is worse. `unknown`: the server does not tell. */
  readonly severity: 'error' | 'warning' | 'unknown';
  readonly message: string;
}

/**
 * Connects, looks and leaves. An empty list: all is as it should be.
 * @throws CaoError bad_request for a URL that is none; Error when the server cannot be reached.
 */
export async function checkRedis(url: string): Promise<readonly RedisFinding[]> {
  const redis = connectRedis(parseRedisUrl(url), 'ringing');
  redis.on('error', () => {}); // the last one is in what `redisReady` rejects with
  try {
    await redisReady(redis);
    return await inspectRedis(redis);
  } finally {
    endRedis(redis);
  }
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
  return [...new Map(findings.flat().map((finding) => [finding.message, finding])).values()];
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
  message: `the server does not tell ${what}`,
});

/** Valkey and its like tell the version of Redis that they are compatible with. */
function versionFindings(version: string | undefined): RedisFinding[] {
  if (version === undefined) return [unknown('its version')];
  const { minimumVersion, recommendedMinimumVersion } = RedisConnection;
  if (isOlder(version, minimumVersion))
    return [
      {
        severity: 'error',
        message: `its version is ${version}, and BullMQ needs ${minimumVersion} or newer: upgrade it`,
      },
    ];
  if (isOlder(version, recommendedMinimumVersion))
    return [
      {
        severity: 'warning',
        message: `its version is ${version}; BullMQ is made for ${recommendedMinimumVersion} and newer: upgrade it`,
      },
    ];
  return [];
}

function evictionFindings(policy: string | undefined): RedisFinding[] {
  if (policy === undefined) return [unknown('its maxmemory-policy; it must be noeviction')];
  if (policy === 'noeviction') return [];
  return [
    {
      severity: 'error',
      message:
        `its maxmemory-policy is ${policy}: short of memory, it would throw parts of queues away, and they would ` +
        'stand still. Run `redis-cli CONFIG SET maxmemory-policy noeviction`, then `redis-cli CONFIG REWRITE`',
    },
  ];
}

function appendOnlyFindings(enabled: string | undefined): RedisFinding[] {
  if (enabled === undefined) return [unknown('whether it keeps an append-only file')];
  if (enabled === '1') return [];
  return [
    {
      severity: 'warning',
      message:
        'its append-only file is off: a restart of Redis forgets the bells that wait. Nothing is lost but time: the ' +
        'rows in Postgres are the truth, and the sweep finds what waits within 30 s. To keep the bells run ' +
        '`redis-cli CONFIG SET appendonly yes`, then `redis-cli CONFIG REWRITE`',
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
