import { setTimeout as pause } from 'node:timers/promises';
import type { ServiceProcess } from './service-process.ts';

/** These processes stand still for so long, as on a machine that sleeps. Units: ms. */
export async function standStill(processes: readonly ServiceProcess[], ms: number): Promise<void> {
  for (const one of processes) one.pause();
  await pause(ms);
  for (const one of processes) one.resume();
}
