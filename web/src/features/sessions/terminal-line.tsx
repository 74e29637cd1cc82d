import type { TerminalView } from '@cao/contracts';
import { memo } from 'react';
import { providerTitle } from '../../lib/provider-title.ts';
import { terminalHref } from '../../lib/route.ts';
import { useLive } from '../../lib/use-store.ts';
import { Since } from '../../ui/since.tsx';
import { TerminalStatus } from '../../ui/status.tsx';

interface Props {
  readonly terminal: TerminalView;
  readonly conductor: boolean;
  readonly chosen: boolean;
}

/** One terminal in a list: who, where, what it does, since when. */
export const TerminalLine = memo(function TerminalLine({ terminal, conductor, chosen }: Props) {
  const hosts = useLive((state) => state.hosts);
  const asked = useLive((state) => state.approvals.get(terminal.id));
  return (
    <li>
      <a
        className="terminal-line"
        href={terminalHref(terminal.id)}
        aria-current={chosen ? 'page' : undefined}
      >
        <span className="line">
          <span className="name">
            <strong>{terminal.agent_profile}</strong>
            {conductor && <span className="tag">conductor</span>}
          </span>
          <TerminalStatus of={terminal} />
        </span>
        <span className="line small">
          <span>
            {providerTitle(terminal.provider, hosts)}
            {terminal.host_name !== null && ` · ${terminal.host_name}`}
          </span>
          <Since at={terminal.status_at} />
        </span>
        {asked && asked.tool !== '' && <span className="small">asks to use {asked.tool}</span>}
        {terminal.queued > 0 && (
          <span className="small">
            {terminal.queued === 1 ? '1 message waits' : `${terminal.queued} messages wait`}
          </span>
        )}
      </a>
    </li>
  );
});
