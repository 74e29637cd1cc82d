import { sayDisk } from './disk.ts';
import type { HostView } from './entities.ts';
import { failureTable } from './failures.ts';
import { normaliseRepo } from './workspace.ts';

/** What a terminal wants of its host. */
export interface PlacementWish {
  /** The first that can run somewhere is taken. */
  readonly providers: readonly string[];
  readonly wishHost: string | null;
  readonly wishLabels: readonly string[];
  /** Hosts that it wants to be apart from. */
  readonly avoid: readonly string[];
  /** The repository that it works in: where that was fetched before it starts sooner. */
  readonly repo: string | null;
}

/** Below these nothing is started: what runs there already needs it. Units: MB. */
const MIN_FREE_MB = { memory: 512, disk: 1024 } as const;

/** Why a CLI cannot be used on a host; null when it can. */
function unusable(host: HostView, id: string): string | null {
  const found = host.providers.find((provider) => provider.id === id);
  if (!found) return `${id} is not installed there`;
  if (found.login === 'logged_out') return `${id} is not logged in there`;
  if (found.limit) return `${id} is ${failureTable[found.limit.kind].title} there until ${found.limit.until}`;
  return null;
}

/** `paused until 2026-01-02T03:04:05Z (my laptop is needed)`. */
export function sayMode({ mode, mode_until, mode_note }: HostView): string {
  const until = mode === 'paused' && mode_until ? ` until ${mode_until}` : '';
  return `${mode}${until}${mode_note ? ` (${mode_note})` : ''}`;
}

function starved({ health }: HostView): string | null {
  if (!health) return null;
  if (health.disk) return sayDisk(health.disk);
  if (health.memory_free_mb < MIN_FREE_MB.memory)
    return `it has only ${health.memory_free_mb} MB of memory left`;
  if (health.disk_free_mb < MIN_FREE_MB.disk) return `it has only ${health.disk_free_mb} MB of disk left`;
  return null;
}

/** Why a terminal cannot be placed on this host, whatever it runs. */
function unfit(host: HostView, wish: PlacementWish): string | null {
  if (wish.wishHost && wish.wishHost !== host.id) return 'another host was asked for';
  if (host.state !== 'online') return `it is ${host.state}`;
  if (host.mode !== 'open') return `it is ${sayMode(host)}`;
  if (wish.avoid.includes(host.id)) return 'another terminal of its session is there, and it is to be apart';
  const missing = wish.wishLabels.filter((label) => !host.labels.includes(label));
  if (missing.length > 0) return `it lacks the label ${missing.join(', ')}`;
  if (host.terminals >= host.capacity) return `it is full: ${host.terminals} of ${host.capacity} terminals`;
  return starved(host);
}

/** Why a terminal cannot be placed on this host, as a person would say it; null when it can. The scheduler decides by it, `why` explains by it. */
export function misfit(host: HostView, wish: PlacementWish): string | null {
  const reasons = wish.providers.map((id) => unusable(host, id));
  return unfit(host, wish) ?? (reasons.every((reason) => reason !== null) ? reasons.join(', ') : null);
}

/** Below this, programs that run beside the agents are their owner's business. Units: running programs per core. */
const BUSY = 1;

function load({ terminals, capacity, health }: HostView): number {
  const used = terminals / capacity;
  const perCore = health ? health.load / health.cores : 0;
  return perCore > BUSY ? used + perCore / 4 : used;
}

export interface Placement {
  readonly host: HostView;
  readonly provider: string;
}

/**
 * The first CLI of the chain that can run somewhere, and of the hosts that have it one that knows the repository, then the
 * least busy: by the share of its capacity in use, and by its load where other programs keep it busy. The one that joined
 * first among equals.
 */
export function choose(hosts: readonly HostView[], wish: PlacementWish): Placement | null {
  const repo = wish.repo === null ? null : normaliseRepo(wish.repo);
  const cold = (host: HostView) => (repo === null || host.warm.includes(repo) ? 0 : 1);
  const fit = hosts
    .filter((host) => unfit(host, wish) === null)
    .sort((a, b) => cold(a) - cold(b) || load(a) - load(b));
  for (const provider of wish.providers) {
    const host = fit.find((one) => unusable(one, provider) === null);
    if (host) return { host, provider };
  }
  return null;
}
