import { diskTable, failureTable, type HostView, sayMode } from '@cao/contracts';
import type { Io, Paint } from '../io.ts';
import { age } from './age.ts';
import { plainLine } from './plain.ts';
import { table } from './table.ts';

const statePaint = { online: 'green', suspect: 'yellow', lost: 'red' } as const satisfies Record<
  HostView['state'],
  Paint
>;

export const hostState = (io: Pick<Io, 'paint'>, host: HostView): string =>
  io.paint(statePaint[host.state], host.state);

/** What people set of it; nothing when it is open. */
const hostMode = (io: Pick<Io, 'paint'>, host: HostView): string =>
  host.mode === 'open' ? '' : ` ${io.paint('yellow', plainLine(sayMode(host)))}`;

/** That its disk takes no writes; nothing while it does. */
const hostDisk = (io: Pick<Io, 'paint'>, { health }: HostView): string =>
  health?.disk ? ` ${io.paint('red', `(${diskTable[health.disk.condition].title})`)}` : '';

export const hostStateAndMode = (io: Pick<Io, 'paint'>, host: HostView): string =>
  hostState(io, host) + hostMode(io, host) + hostDisk(io, host);

export const hostSince = (host: HostView): string =>
  age((host.state === 'online' ? host.connected_at : host.lost_at) ?? host.created_at);

export const providerNames = (host: HostView): string =>
  host.providers.map((one) => plainLine(one.id + (one.version ? ` ${one.version}` : ''))).join(', ') || '–';

const loginWords = {
  logged_in: 'logged in',
  logged_out: 'not logged in',
  unknown: 'login not known',
} as const;

/** One line, for a person. */
export function sayUpgrade({ state, from, to, note, waits_for }: NonNullable<HostView['upgrade']>): string {
  const way = `from ${from}${to === null ? '' : ` to ${to}`}`;
  switch (state) {
    case 'preparing':
      return `${way}: the new program is being installed and tried`;
    case 'waiting':
      return `${way}: waits for the ends of turns${waits_for.length ? ` (${waits_for.join(', ')})` : ''}`;
    case 'restarting':
      return `${way}: begins again now`;
    case 'done':
      return `${way}: done`;
    case 'failed':
      return `${way} failed, the old one goes on: ${note}`;
  }
}

/** One row per CLI: what a person who wonders why nothing is placed there wants to know. */
export const providerTable = (io: Io, hosts: readonly HostView[]): string =>
  table(
    io,
    ['PROVIDER', 'VERSION', 'HOST', 'LOGIN', 'LIMIT'],
    hosts.flatMap((host) =>
      host.providers.map((one) => [
        `${plainLine(one.id)} (${plainLine(one.title)})`,
        plainLine(one.version ?? 'unknown'),
        plainLine(host.name),
        loginWords[one.login],
        one.limit ? `${failureTable[one.limit.kind].title} until ${one.limit.until}` : '–',
      ]),
    ),
  );

export const hostTable = (io: Io, hosts: readonly HostView[]): string =>
  table(
    io,
    ['HOST', 'ID', 'STATE', 'SINCE', 'TERMINALS', 'LABELS', 'PROVIDERS'],
    hosts.map((host) => [
      plainLine(host.name),
      host.id,
      hostStateAndMode(io, host),
      hostSince(host),
      `${host.terminals}/${host.capacity}`,
      host.labels.map(plainLine).join(', ') || '–',
      providerNames(host),
    ]),
  );
