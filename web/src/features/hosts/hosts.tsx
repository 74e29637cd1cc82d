import { diskTable, failureTable, type HostView, sayMode } from '@cao/contracts';
import { useLive } from '../../lib/use-store.ts';
import { Command } from '../../ui/command.tsx';
import { Since } from '../../ui/since.tsx';
import { HostStatus } from '../../ui/status.tsx';
import './hosts.css';

export function Hosts() {
  const hosts = useLive((state) => state.hosts);
  return (
    <section className="hosts" aria-labelledby="hosts-title">
      <h2 id="hosts-title">Hosts</h2>
      {hosts.length === 0 ? <NoHosts /> : null}
      <ul>
        {hosts.map((host) => (
          <Host key={host.id} host={host} />
        ))}
      </ul>
    </section>
  );
}

/** A CLI with its version, and why nothing is placed on it, if so. */
function nameOf({ title, version, login, limit }: HostView['providers'][number]): string {
  const name = version ? `${title} ${version}` : title;
  if (login === 'logged_out') return `${name} (not logged in)`;
  return limit ? `${name} (${failureTable[limit.kind].title})` : name;
}

function Host({ host }: { host: HostView }) {
  const providers = host.providers.map(nameOf);
  return (
    <li className="host">
      <div className="line">
        <strong>{host.name}</strong>
        <HostStatus of={host} />
      </div>
      <p className="small">
        {host.terminals} of {host.capacity} terminals
        {host.os && ` · ${host.os} ${host.arch ?? ''}`}
        {host.state !== 'online' && host.lost_at && (
          <>
            {' '}
            · last seen <Since at={host.lost_at} />
          </>
        )}
      </p>
      {host.mode !== 'open' && <p className="small">{sayMode(host)}</p>}
      {host.health?.disk && (
        <p className="small">
          {diskTable[host.health.disk.condition].title} (since <Since at={host.health.disk.since} />
          ). {diskTable[host.health.disk.condition].next}
        </p>
      )}
      <p className="small">
        {providers.length > 0
          ? providers.join(', ')
          : 'No agent CLI found on it: install one, then restart its agent.'}
      </p>
      {host.labels.length > 0 && (
        <p className="labels">
          {host.labels.map((label) => (
            <span key={label} className="tag">
              {label}
            </span>
          ))}
        </p>
      )}
      {host.state === 'lost' && (
        <p className="small">Its agents work on. Start its worker-agent again and they come back.</p>
      )}
    </li>
  );
}

const NoHosts = () => (
  <div className="empty">
    <p>No machine has joined. The one where CAO runs joins by itself with</p>
    <Command line="cao up" />
    <p>For any other one this prints the line to run there:</p>
    <Command line="cao host invite" />
  </div>
);
