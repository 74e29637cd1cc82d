import type { SessionView, TerminalView } from '@cao/contracts';
import { useMemo } from 'react';
import { useLive, useStore } from '../../lib/use-store.ts';
import { bySession } from './by-session.ts';
import { TerminalLine } from './terminal-line.tsx';
import './sessions.css';

export function Sessions({ chosen }: { chosen: string | null }) {
  const store = useStore();
  const sessions = useLive((state) => state.sessions);
  const terminals = useLive((state) => state.terminals);
  const showEnded = useLive((state) => state.showEnded);
  const grouped = useMemo(() => bySession(sessions, terminals, showEnded), [sessions, terminals, showEnded]);
  return (
    <section className="sessions" aria-labelledby="sessions-title">
      <div className="line">
        <h2 id="sessions-title">Sessions</h2>
        <label className="small show-ended">
          <input
            type="checkbox"
            checked={showEnded}
            onChange={(event) => store.showEnded(event.target.checked)}
          />
          show ended
        </label>
      </div>
      {grouped.length === 0 && <p className="small">None is open.</p>}
      {grouped.map(({ session, members }) => (
        <Session key={session.name} session={session} members={members} chosen={chosen} />
      ))}
    </section>
  );
}

interface SessionProps {
  readonly session: SessionView;
  readonly members: readonly TerminalView[];
  readonly chosen: string | null;
}

function Session({ session, members, chosen }: SessionProps) {
  return (
    <section className="session" aria-label={`Session ${session.name}`}>
      <div className="line">
        <h3>{session.name}</h3>
        {session.state !== 'open' && <span className="small">{session.state}</span>}
      </div>
      {members.length === 0 && <p className="small">No terminal is open in it.</p>}
      <ul>
        {members.map((terminal) => (
          <TerminalLine
            key={terminal.id}
            terminal={terminal}
            conductor={terminal.id === session.conductor_id}
            chosen={terminal.id === chosen}
          />
        ))}
      </ul>
    </section>
  );
}
