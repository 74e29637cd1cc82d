import type { Context } from '../context.ts';

/** Names of hosts by id: events carry ids only. */
export async function hostNames(context: Context): Promise<ReadonlyMap<string, string>> {
  const { hosts } = await context.client.hosts.list({ signal: context.signal });
  return new Map(hosts.map((host) => [host.id, host.name]));
}
