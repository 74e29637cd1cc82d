import type { TerminalView } from '@cao/contracts';
import type { ReactNode } from 'react';
import { providerTitle } from '../../lib/provider-title.ts';
import { terminalHref } from '../../lib/route.ts';
import { useLive } from '../../lib/use-store.ts';
import { Command } from '../../ui/command.tsx';
import { Since } from '../../ui/since.tsx';
import { Ticked } from '../../ui/ticked.tsx';
import { Trouble } from './trouble.tsx';

export function Facts({ terminal }: { terminal: TerminalView }) {
  const hosts = useLive((state) => state.hosts);
  const attach = hosts.find((host) => host.id === terminal.host_id)?.attach;
  const local = attach?.replaceAll('{session}', terminal.session_name);
  return (
    <>
      <dl className="facts">
        <Fact name="Session">{terminal.session_name}</Fact>
        <Fact name="Provider">{providerTitle(terminal.provider, hosts)}</Fact>
        <Fact name="Host">{terminal.host_name ?? 'none yet'}</Fact>
        <Fact name="Status since">
          <Since at={terminal.status_at} withClock />
        </Fact>
        <Fact name="Terminal">
          <code>{terminal.id}</code>
        </Fact>
        {terminal.caller_id !== null && (
          <Fact name="Started by">
            <a href={terminalHref(terminal.caller_id)}>
              <code>{terminal.caller_id}</code>
            </a>
          </Fact>
        )}
        {terminal.working_directory !== null && (
          <Fact name="Directory">
            <code>{terminal.working_directory}</code>
          </Fact>
        )}
      </dl>
      <Trouble terminal={terminal} />
      <Why terminal={terminal} />
      {local !== undefined && terminal.lifecycle === 'live' && (
        <details className="more">
          <summary>Watch it on {terminal.host_name} itself</summary>
          <Command line={local} />
        </details>
      )}
    </>
  );
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

/** States that explain themselves; in all others people ask why. */
const selfEvident: ReadonlySet<string> = new Set(['idle', 'processing', 'completed', 'starting']);

/** Why it waits or stopped. An open question is answered right here; for all else the api's own words. */
function Why({ terminal }: { terminal: TerminalView }) {
  const told = useLive((state) => state.reasons.get(terminal.id));
  const asked = useLive((state) => state.approvals.has(terminal.id));
  const { lifecycle, status, reason, status_source: source, status_evidence: evidence } = terminal;
  // The question itself stands below, with its buttons.
  if (lifecycle === 'live' && asked) return null;
  if (lifecycle === 'live' && status === 'waiting_user_answer')
    return (
      <section className="why" aria-label="Why it is in this state">
        <p>
          It waits for a person. Take control of its screen below and answer there; messages wait meanwhile.
        </p>
        {evidence !== '' && (
          <p className="small">
            Told by its {source}: {evidence}
          </p>
        )}
      </section>
    );
  if (lifecycle === 'live' && selfEvident.has(status) && reason === null) return null;
  const lines = told?.lines ?? [reason ?? evidence].filter((line) => line !== '');
  if (lines.length === 0) return null;
  return (
    <section className="why" aria-label="Why it is in this state">
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity and are replaced as a whole
        <p key={index}>{line}</p>
      ))}
      {told && told.next !== '' && (
        <p className="small">
          <Ticked text={told.next} />
        </p>
      )}
    </section>
  );
}
