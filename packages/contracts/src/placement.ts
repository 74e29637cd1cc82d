import type { HostView } from './entities.ts';

/** What a terminal wants of its host. */
export interface PlacementWish {
  readonly provider: string;
  readonly wishHost: string | null;
  readonly wishLabels: readonly string[];
}

/** Why a terminal cannot be placed on this host, as a person would say it; null when it can. The scheduler decides by it, `why` explains by it. */
export function misfit(host: HostView, wish: PlacementWish): string | null {
  if (wish.wishHost && wish.wishHost !== host.id) return 'another host was asked for';
  if (host.state !== 'online') return `it is ${host.state}`;
  if (!host.providers.some((provider) => provider.id === wish.provider))
    return `${wish.provider} is not installed there`;
  const missing = wish.wishLabels.filter((label) => !host.labels.includes(label));
  if (missing.length > 0) return `it lacks the label ${missing.join(', ')}`;
  if (host.terminals >= host.capacity) return `it is full: ${host.terminals} of ${host.capacity} terminals`;
  return null;
}

/** The host that fits and has the smallest share of its capacity in use; the one that joined first among equals. */
export function choose(hosts: readonly HostView[], wish: PlacementWish): HostView | null {
  const load = (host: HostView) => host.terminals / host.capacity;
  return hosts.filter((host) => misfit(host, wish) === null).sort((a, b) => load(a) - load(b))[0] ?? null;
}
