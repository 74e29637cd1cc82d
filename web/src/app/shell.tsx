import { Hosts } from '../features/hosts/hosts.tsx';
import { Overview } from '../features/sessions/overview.tsx';
import { Sessions } from '../features/sessions/sessions.tsx';
import { TerminalPage } from '../features/terminal/terminal-page.tsx';
import { ALL_HREF, useRoute } from '../lib/route.ts';
import { useLive } from '../lib/use-store.ts';
import { Banner, LinkState } from './link-state.tsx';
import './shell.css';

/** The frame: what there is on the left, what was chosen on the right; on narrow screens one of both. */
export function Shell({ onLogOut }: { onLogOut: () => void }) {
  const route = useRoute();
  const loaded = useLive((state) => state.loaded);
  return (
    <div className="shell" data-page={route.page}>
      <button type="button" className="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip the lists
      </button>
      <header className="top">
        <a className="wordmark" href={ALL_HREF}>
          <img src="/icon.svg" alt="" width="22" height="22" /> CAO
        </a>
        <LinkState />
        <button type="button" className="quiet" onClick={onLogOut}>
          Log out
        </button>
      </header>
      <Banner />
      {loaded ? (
        <div className="columns">
          <nav className="side" aria-label="Sessions and hosts">
            <Sessions chosen={route.page === 'terminal' ? route.id : null} />
            <Hosts />
          </nav>
          <main id="main" tabIndex={-1} className="detail">
            {route.page === 'terminal' ? <TerminalPage key={route.id} id={route.id} /> : <Overview />}
          </main>
        </div>
      ) : (
        <p className="loading">Fetching what runs…</p>
      )}
    </div>
  );
}
