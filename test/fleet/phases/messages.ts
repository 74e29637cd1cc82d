import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { percentile } from '../../bench/figure.ts';
import { now } from '../../support/fleet/protocol.ts';
import { countOf, type Fleet, orderAll, seenByAll, untilNone } from '../fleet.ts';
import { round, type Usage } from '../meters.ts';

interface Times {
  readonly p50: number;
  readonly p99: number;
}

/** Units: ms, from the beginning of each POST. */
export interface Messages {
  readonly sent: number;
  /** POSTs that were not answered, or answered that it is too much. */
  readonly tried_again: number;
  /** From the first POST until the last one was accepted. */
  readonly accepted_per_s: number;
  /** Until the POST was answered. */
  readonly post_ms: Times;
  /** Until the text reached the host. */
  readonly delivered_ms: Times;
  /** Until the api had committed that the CLI took it. */
  readonly accepted_ms: Times;
  readonly health_ms: Times;
  /** What one costs, whatever else the machine does. */
  readonly each: { readonly api_ms: number; readonly postgres_ms: number; readonly commits: number };
  readonly usage: Usage;
}

const TICK_MS = 10;
const HEALTH_EVERY_MS = 20;
/** Accepted long before, or lost. Units: ms. */
const SETTLE_MS = 120_000;

export const times = (samples: readonly number[]): Times => ({
  p50: round(percentile(samples, 50)),
  p99: round(percentile(samples, 99)),
});

/** @param pace begins messages by `send` until its promise resolves. */
async function exchange(fleet: Fleet, pace: (send: () => Promise<void>) => Promise<void>): Promise<Messages> {
  const { rows } = await fleet.observer.query<{ id: string }>(
    `select id from terminals where lifecycle = 'live'`,
  );
  await seenByAll(fleet);
  const begun = new Map<string, number>();
  const posted: number[] = [];
  let again = 0;
  const delivered: number[] = [];
  const accepted: number[] = [];
  let first = 0;
  let last = 0;
  const send = async () => {
    const { id } = rows[Math.floor(Math.random() * rows.length)]!;
    const at = now();
    first ||= at;
    const body = { text: 'Say that you are there.', idempotency_key: randomUUID() };
    const post = () =>
      fleet.caller.call<{ message: { id: string } }>('POST', `/terminals/${id}/messages`, body);
    // As every client of ours: the same key makes another try harmless.
    const { message } = await post().catch(() => {
      again++;
      return post();
    });
    posted.push(now() - at);
    begun.set(message.id, at);
  };
  const health = watchHealth(fleet);
  const { usage } = await fleet.meters.during(async () => {
    await pace(send);
    await untilNone(
      fleet,
      'every message is accepted',
      () => countOf(fleet, `(select count(*) from messages where state in ('queued', 'pasted'))`),
      ({ kind }) => kind === 'message.accepted',
      SETTLE_MS,
    );
    await orderAll(fleet, 'acked', null);
    for (const [id, delivery, acceptance] of (await seenByAll(fleet)).messages) {
      const at = begun.get(id);
      if (at === undefined || !begun.delete(id)) continue;
      delivered.push(delivery - at);
      accepted.push(acceptance - at);
      last = Math.max(last, acceptance);
    }
    if (begun.size > 0) throw new Error(`${begun.size} messages were accepted, and no host has taken them`);
  });
  const share = (perSecond: number) => round((perSecond * usage.seconds) / posted.length);
  return {
    sent: posted.length,
    tried_again: again,
    accepted_per_s: round(accepted.length / ((last - first) / 1000)),
    post_ms: times(posted),
    delivered_ms: times(delivered),
    accepted_ms: times(accepted),
    health_ms: times(await health()),
    each: {
      api_ms: share(10 * usage.api_cpu_pct.reduce((sum, one) => sum + one, 0)),
      postgres_ms: share(10 * usage.postgres_cpu_pct),
      commits: share(usage.postgres_commits_per_s),
    },
    usage,
  };
}

/** So many per second, whether or not the earlier ones are answered. */
export const load = (fleet: Fleet, rate: number): Promise<Messages> =>
  exchange(fleet, async (send) => {
    const began = now();
    const total = rate * fleet.options.seconds;
    const all: Promise<void>[] = [];
    const failed = Promise.withResolvers<never>();
    while (all.length < total) {
      const due = Math.min(total, ((now() - began) / 1000) * rate);
      while (all.length < due) all.push(send().catch(failed.reject));
      await Promise.race([pause(TICK_MS), failed.promise]);
    }
    await Promise.race([Promise.all(all), failed.promise]);
  });

/** As many as go: each of so many senders begins the next when its last one is answered. */
export const limit = (fleet: Fleet, senders: number): Promise<Messages> =>
  exchange(fleet, async (send) => {
    const end = now() + fleet.options.seconds * 1000;
    await Promise.all(
      Array.from({ length: senders }, async () => {
        while (now() < end) await send();
      }),
    );
  });

/** @returns ends the watch. */
export function watchHealth(fleet: Fleet): () => Promise<number[]> {
  const samples: number[] = [];
  let watching = true;
  const watch = (async () => {
    while (watching) {
      const at = now();
      await fleet.caller.call('GET', '/health');
      samples.push(now() - at);
      await pause(HEALTH_EVERY_MS);
    }
  })();
  return async () => {
    watching = false;
    await watch;
    return samples;
  };
}
