import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { ALL_HREF } from '../../lib/route.ts';
import { useLive, useStore } from '../../lib/use-store.ts';
import { TerminalStatus } from '../../ui/status.tsx';
import { Approval } from './approval.tsx';
import { Composer } from './composer.tsx';
import { Facts } from './facts.tsx';
import { Inbox } from './inbox.tsx';
import './terminal.css';

// The emulator is the largest part of the page; nobody waits for it before a terminal is chosen.
const Screen = lazy(() => import('./screen.tsx').then(({ Screen }) => ({ default: Screen })));

/** One terminal: who it is, what it does and why, its screen, its inbox, and a box to write to it. */
export function TerminalPage({ id }: { id: string }) {
  const store = useStore();
  const terminal = useLive((state) => state.terminals.get(id));
  const missing = useLive((state) => state.missing.has(id));
  const scope = useLive((state) => state.scope);
  const [sent, setSent] = useState<string | null>(null);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => store.look(id), [store, id]);

  const known = terminal !== undefined;
  const profile = terminal?.agent_profile;
  // Whoever came by keyboard or screen reader goes on from the title.
  useEffect(() => {
    if (known) title.current?.focus({ preventScroll: false });
  }, [known]);
  useEffect(() => {
    document.title = profile === undefined ? 'CAO' : `${profile} · CAO`;
    return () => {
      document.title = 'CAO';
    };
  }, [profile]);

  if (!terminal)
    return (
      <div className="overview">
        <BackLink />
        {missing ? <h1>There is no terminal {id}</h1> : <p className="loading">Fetching terminal {id}…</p>}
        {missing && <p>It was never here or was forgotten. Choose one from the list.</p>}
      </div>
    );
  const mayWrite = scope === 'operator' || scope === 'admin';
  const open = terminal.lifecycle !== 'closed';
  return (
    <article className="terminal">
      <BackLink />
      <div className="title">
        <h1 ref={title} tabIndex={-1}>
          {terminal.agent_profile}
        </h1>
        <TerminalStatus of={terminal} />
      </div>
      <Facts terminal={terminal} />
      <Approval terminal={id} mayAnswer={mayWrite} />
      {terminal.lifecycle === 'live' || terminal.lifecycle === 'lost' ? (
        <Suspense fallback={<p className="loading">Opening the screen…</p>}>
          <Screen id={id} key={terminal.epoch} mayControl={mayWrite && terminal.lifecycle === 'live'} />
        </Suspense>
      ) : null}
      {!open && terminal.last_answer !== null && (
        <section aria-labelledby="answer-title">
          <h2 id="answer-title">Last answer</h2>
          <pre className="text">{terminal.last_answer}</pre>
        </section>
      )}
      <div className="talk">
        {open && <Composer id={id} name={terminal.agent_profile} mayWrite={mayWrite} onSent={setSent} />}
        <Inbox id={id} sent={sent} />
      </div>
    </article>
  );
}

const BackLink = () => (
  <a className="back" href={ALL_HREF}>
    ← All terminals
  </a>
);
