import { expect, test } from 'vitest';
import { hostView, providerView } from '../../../test/support/host-view.ts';
import type { HostView } from './entities.ts';
import { choose, misfit, type PlacementWish } from './placement.ts';

const host = (n: number, more: Partial<HostView> = {}): HostView =>
  hostView({
    id: `a000000${n}`,
    name: `host-${n}`,
    capacity: 4,
    providers: [providerView({ id: 'codex' }), providerView({ id: 'kimi' })],
    health: { memory_mb: 16_000, memory_free_mb: 8_000, disk_free_mb: 50_000, load: 0, cores: 4, disk: null },
    ...more,
  });
const wish = (more: Partial<PlacementWish> = {}): PlacementWish => ({
  providers: ['codex'],
  wishHost: null,
  wishLabels: [],
  avoid: [],
  repo: null,
  ...more,
});
const healthy = host(0).health!;
const full = { condition: 'disk_full', since: '2026-01-02T03:04:05Z', events: 0, records: 0 } as const;

test.each<[string, Partial<HostView>, Partial<PlacementWish>]>([
  ['another host was asked for', {}, { wishHost: 'a0000009' }],
  ['it is lost', { state: 'lost' }, {}],
  ['it is paused (in a demo)', { mode: 'paused', mode_note: 'in a demo' }, {}],
  ['another terminal of its session is there, and it is to be apart', {}, { avoid: ['a0000001'] }],
  ['it lacks the label gpu', { labels: ['big'] }, { wishLabels: ['big', 'gpu'] }],
  ['it is full: 4 of 4 terminals', { terminals: 4 }, {}],
  ['it has only 100 MB of memory left', { health: { ...healthy, memory_free_mb: 100 } }, {}],
  ['it has only 9 MB of disk left', { health: { ...healthy, disk_free_mb: 9 } }, {}],
  ['its disk is full since 2026-01-02T03:04:05Z', { health: { ...healthy, disk: full } }, {}],
  ['q is not installed there', {}, { providers: ['q'] }],
])('%s', (reason, about, wanted) => {
  expect(misfit(host(1, about), wish(wanted))).toBe(reason);
  expect(choose([host(1, about)], wish(wanted))).toBeNull();
});

test('a host that knows the repository comes before one with fewer terminals', () => {
  const warm = host(2, { terminals: 3, warm: ['https://git.example/a/b'] });
  expect(choose([host(1), warm], wish({ repo: 'https://git.example/a/b.git' }))?.host.id).toBe(warm.id);
  expect(choose([host(1), warm], wish())?.host.id).toBe(host(1).id);
});

test('a machine that is busy with other things comes after one that is not', () => {
  const busy = host(1, { health: { ...healthy, load: 12 } });
  expect(choose([busy, host(2, { terminals: 1 })], wish())?.host.id).toBe(host(2).id);
});

test('of two that are as busy as each other the one with fewer terminals is taken', () => {
  const busy = { ...healthy, load: 40 };
  const hosts = [host(1, { terminals: 2, health: busy }), host(2, { terminals: 1, health: busy })];
  expect(choose(hosts, wish())?.host.id).toBe(host(2).id);
});

/** The same numbers for the same seed. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
}

test.each([1, 2, 3, 4, 5])(
  'against a plain simulator: never over capacity, never idle while somebody fits (seed %i)',
  (seed) => {
    const random = seeded(seed);
    const labels = ['gpu', 'big', 'eu'];
    const some = <T>(of: readonly T[]) => of.filter(() => random(2) === 0);
    const fleet = Array.from({ length: 6 }, (_, n) =>
      host(n, { labels: some(labels), capacity: 1 + random(4), state: random(5) ? 'online' : 'lost' }),
    );
    const used = new Map(fleet.map(({ id }) => [id, 0]));
    const running: string[] = [];
    for (let step = 0; step < 500; step++) {
      if (running.length > 0 && random(3) === 0) {
        const [ended] = running.splice(random(running.length), 1);
        used.set(ended!, used.get(ended!)! - 1);
        continue;
      }
      const wanted = wish({
        wishLabels: random(2) ? some(labels) : [],
        providers: some(['codex', 'kimi', 'q']),
      });
      const seen = fleet.map((one) => ({ ...one, terminals: used.get(one.id)! }));
      // Said once more, as a person would check it.
      const could = seen.filter(
        (one) =>
          one.state === 'online' &&
          one.terminals < one.capacity &&
          wanted.wishLabels.every((label) => one.labels.includes(label)) &&
          wanted.providers.some((id) => id !== 'q'),
      );
      const chosen = choose(seen, wanted);
      expect(chosen === null).toBe(could.length === 0);
      if (!chosen) continue;
      expect(could.map(({ id }) => id)).toContain(chosen.host.id);
      used.set(chosen.host.id, used.get(chosen.host.id)! + 1);
      expect(used.get(chosen.host.id)).toBeLessThanOrEqual(chosen.host.capacity);
      running.push(chosen.host.id);
    }
  },
);
