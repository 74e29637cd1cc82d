import { describe, expect, it } from 'vitest';
import { parseRedisUrl, redisAddress } from './redis-url.ts';

describe('a Redis URL', () => {
  it.each([
    ['redis://localhost', { kind: 'server', node: { host: 'localhost', port: 6379 }, db: 0, tls: false }],
    [
      'rediss://cao:a%2Fb%40c@redis.example:6380/2',
      {
        kind: 'server',
        node: { host: 'redis.example', port: 6380 },
        db: 2,
        tls: true,
        username: 'cao',
        password: 'a/b@c',
      },
    ],
    [
      'redis://:p@ss@h/',
      { kind: 'server', node: { host: 'h', port: 6379 }, db: 0, tls: false, password: 'p@ss' },
    ],
    ['redis://[::1]:7000', { kind: 'server', node: { host: '::1', port: 7000 }, db: 0, tls: false }],
    ['unix:///run/redis.sock', { kind: 'socket', path: '/run/redis.sock', db: 0, tls: false }],
    ['/run/redis.sock', { kind: 'socket', path: '/run/redis.sock', db: 0, tls: false }],
    [
      'redis+sentinel://:pw@s1,s2:26380/cao-master/3?sentinel_password=other',
      {
        kind: 'sentinel',
        nodes: [
          { host: 's1', port: 26379 },
          { host: 's2', port: 26380 },
        ],
        master: 'cao-master',
        db: 3,
        tls: false,
        password: 'pw',
        sentinel: { password: 'other' },
      },
    ],
    [
      'rediss+cluster://cao:pw@n1:7000,n2',
      {
        kind: 'cluster',
        nodes: [
          { host: 'n1', port: 7000 },
          { host: 'n2', port: 6379 },
        ],
        tls: true,
        username: 'cao',
        password: 'pw',
      },
    ],
  ])('%s is understood', (url, target) => {
    expect(parseRedisUrl(url)).toEqual(target);
  });

  it.each([
    ['localhost:6379', /is no URL/],
    ['http://:secret@h', /begins with http:\/\//],
    ['redis+cluser://h', /begins with redis\+cluser:\/\//],
    ['redis://:secret@a:1,b:2', /several hosts: write redis\+cluster/],
    ['redis://:secret@h:0', /a host that is none/],
    ['redis://:secret@h:70000', /a host that is none/],
    ['redis://:secret@h:6379/zero', /a database that is none/],
    ['redis://:secret@h/0/1', /too long a path/],
    ['redis://secret@h', /without a password before it/],
    ['redis://:sec/ret@h', /%2F/],
    ['redis://:sec%ret@h', /%25/],
    ['redis://:secret@h?family=6', /an option that is not known/],
    ['redis://', /a host that is none/],
    ['redis+sentinel://:secret@s1:26379', /does not name its master/],
    ['redis+sentinel://s1/m/0/1', /does not name its master/],
    ['redis+sentinel://s1, s2/m', /a host that is none/],
    ['redis+sentinel://s1/m?sentinel_pasword=secret', /sentinel_username and sentinel_password/],
    ['redis+cluster://:secret@h:1,h:2/0', /one database/],
    ['unix://run/redis.sock', /three slashes/],
  ])('%s is refused with what is wrong, without its password', (url, message) => {
    const parse = () => parseRedisUrl(url);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(/secret/);
  });

  it('is shown without what opens it', () => {
    const shown = (url: string) => redisAddress(parseRedisUrl(url));
    expect(shown('rediss://u:p@h:1/2')).toBe('Redis at h:1');
    expect(shown('redis+sentinel://:p@a,b/m?sentinel_password=q')).toBe(
      'Redis m of the sentinels at a:26379, b:26379',
    );
    expect(shown('redis+cluster://:p@a:1,b:2')).toBe('Redis Cluster at a:1, b:2');
    expect(shown('/run/x.sock')).toBe('Redis at /run/x.sock');
  });
});
