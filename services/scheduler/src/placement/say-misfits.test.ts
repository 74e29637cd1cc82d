import type { HostView } from '@cao/contracts';
import { expect, test } from 'vitest';
import { hostView } from '../../../../test/support/host-view.ts';
import { sayMisfits } from './say-misfits.ts';

const host = (n: number, more: Partial<HostView> = {}): HostView =>
  hostView({ id: `a000000${n}`, name: `host-${n}`, capacity: 2, terminals: 2, ...more });
const wish = { providers: ['codex'], wishHost: null, wishLabels: [], avoid: [], repo: null };

test('without any host that is said', () => {
  expect(sayMisfits([], wish)).toBe('no host has joined yet');
});

test('a few hosts are named one by one', () => {
  expect(sayMisfits([host(1), host(2, { state: 'lost' })], wish)).toBe(
    'no host fits (host-1: it is full: 2 of 2 terminals; host-2: it is lost)',
  );
});

test('of many hosts the reasons are counted, so that what is said stays short', () => {
  const many = Array.from({ length: 1000 }, (_, n) => host(n));
  expect(sayMisfits([...many, host(1000, { state: 'lost' })], wish)).toBe(
    'no host fits (1000 hosts: it is full: 2 of 2 terminals; host-1000: it is lost)',
  );
});
