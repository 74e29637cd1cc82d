import { type HostView, misfit, type PlacementWish } from '@cao/contracts';

/** So many hosts are named one by one, and so many reasons of a larger cluster. */
const NAMED = 8;

/** Why no host fits: host by host, or, where there are many, reason by reason. */
export function sayMisfits(hosts: readonly HostView[], wish: PlacementWish): string {
  if (hosts.length === 0) return 'no host has joined yet';
  const reasons = Map.groupBy(hosts, (host) => misfit(host, wish) ?? 'it was filled meanwhile');
  const parts =
    hosts.length <= NAMED
      ? [...reasons].flatMap(([reason, of]) => of.map(({ name }) => `${name}: ${reason}`))
      : [...reasons]
          .sort(([, a], [, b]) => b.length - a.length)
          .slice(0, NAMED)
          .map(([reason, of]) => `${of.length === 1 ? of[0]!.name : `${of.length} hosts`}: ${reason}`);
  return `no host fits (${parts.join('; ')})`;
}
