import type { HostView } from '@cao/contracts';

/** Providers without a model behind them must never pass for one. */
const notes: Readonly<Record<string, string>> = { scripted: 'scripted, no AI' };

/** A provider as people read it: the title that a host reports, else its id. */
export function providerTitle(id: string, hosts: readonly HostView[]): string {
  const note = notes[id];
  if (note !== undefined) return note;
  for (const host of hosts) {
    const found = host.providers.find((provider) => provider.id === id);
    if (found) return found.title;
  }
  return id;
}
