import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { reachableUrl } from './reachable-url.ts';

const at = (address: string, family: 'IPv4' | 'IPv6', internal = false): NetworkInterfaceInfo => ({
  ...{ address, internal, netmask: '', mac: '', cidr: null },
  ...(family === 'IPv4' ? { family } : { family, scopeid: 0 }),
});
const interfaces = { lo: [at('127.0.0.1', 'IPv4', true)], eth0: [at('10.0.0.7', 'IPv4')] };

test.each([
  ['http://127.0.0.1:9889', 'http://127.0.0.1:9889'],
  ['http://192.168.1.5:80', 'http://192.168.1.5'],
  ['http://0.0.0.0:9889', 'http://10.0.0.7:9889'],
  ['http://[::]:9889', 'http://10.0.0.7:9889'],
])('one that listens at %s is reached at %s', (url, expected) => {
  expect(reachableUrl(url, interfaces)).toBe(expected);
});

test('a machine with loopback alone is reached there, one without IPv4 by its other address', () => {
  expect(reachableUrl('http://0.0.0.0:1', { lo: interfaces.lo })).toBe('http://127.0.0.1:1');
  expect(reachableUrl('http://[::]:1', { eth0: [at('2001:db8::7', 'IPv6')] })).toBe('http://[2001:db8::7]:1');
});
