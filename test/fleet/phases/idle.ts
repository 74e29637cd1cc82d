import { setTimeout as pause } from 'node:timers/promises';
import type { Fleet } from '../fleet.ts';
import type { Usage } from '../meters.ts';
import { type times as Times, times, watchHealth } from './messages.ts';

export interface Idle {
  readonly health_ms: ReturnType<typeof Times>;
  readonly usage: Usage;
}

/** Beats, sweeps and nothing else. */
export async function idle(fleet: Fleet): Promise<Idle> {
  const health = watchHealth(fleet);
  const { usage } = await fleet.meters.during(() => pause(fleet.options.seconds * 1000));
  return { health_ms: times(await health()), usage };
}
