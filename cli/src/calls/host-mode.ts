import { type HostModeWish, sayMode } from '@cao/contracts';
import { z } from 'zod';
import { arg, jsonFlag, value } from '../command.ts';
import type { Context } from '../context.ts';
import { plainLine } from '../render/plain.ts';

export const hostRef = arg('HOST', z.string().min(1).max(64), 'name or id');
export const hostModeOptions = {
  note: value('TEXT', z.string().min(1).max(200).optional(), 'why, for whoever wonders'),
  json: jsonFlag,
};

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/** `90s`, `30m`, `8h`, `2d`. @returns seconds */
export const duration = z
  .string()
  .regex(/^\d{1,7}[smhd]$/, 'must be a number and a unit, like 90s, 30m, 8h or 2d')
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.at(-1) as keyof typeof UNITS]);

/** Sets what people set of a host, and says what follows from it. */
export async function setHostMode(
  { io, client, signal }: Context,
  ref: string,
  wish: HostModeWish,
  { json, follows }: { json: boolean; follows: string },
): Promise<void> {
  const { host } = await client.hosts.setMode({ params: { ref }, body: wish, signal });
  if (json) return io.json({ host });
  io.out(`${plainLine(host.name)} is ${host.mode === 'open' ? 'open again' : plainLine(sayMode(host))}`);
  io.note(follows);
}
