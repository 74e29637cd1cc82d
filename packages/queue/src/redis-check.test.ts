import { describe, expect, it } from 'vitest';
import { findingsOf } from './redis-check.ts';

const info = (fields: Record<string, string>) =>
  ['# Server', ...Object.entries(fields).map(([key, value]) => `${key}:${value}`), ''].join('\r\n');
const good = { redis_version: '7.2.4', maxmemory_policy: 'noeviction', aof_enabled: '1' };

describe('what Redis tells of itself', () => {
  it.each([
    ['Redis as it should be', good, []],
    ['Valkey as it should be', { ...good, server_name: 'valkey', valkey_version: '8.0.1' }, []],
    ['a release candidate', { ...good, redis_version: '8.0-rc1' }, []],
    ['too old a version', { ...good, redis_version: '4.0.14' }, [['error', /4\.0\.14.*needs 5\.0\.0/]]],
    ['an old version', { ...good, redis_version: '6.0.16' }, [['warning', /6\.0\.16.*6\.2\.0/]]],
    [
      'a policy that evicts',
      { ...good, maxmemory_policy: 'allkeys-lru' },
      [['error', /is allkeys-lru.*CONFIG SET maxmemory-policy noeviction/]],
    ],
    [
      'no append-only file',
      { ...good, aof_enabled: '0' },
      [['warning', /Nothing is lost but time.*CONFIG SET appendonly yes/]],
    ],
    [
      'a server that tells nothing',
      {},
      [
        ['unknown', /version/],
        ['unknown', /maxmemory-policy/],
        ['unknown', /append-only file/],
      ],
    ],
  ] as [string, Record<string, string>, [string, RegExp][]][])('%s', (_name, fields, expected) => {
    const findings = findingsOf(info(fields));
    expect(findings.map(({ severity }) => severity)).toEqual(expected.map(([severity]) => severity));
    for (const [n, [, text]] of expected.entries())
      expect(Object.values(findings[n]!).join(' ')).toMatch(text);
  });
});
