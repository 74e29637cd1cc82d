import { useEffect, useState } from 'react';
import { LoggingIn, Login } from '../features/login/login.tsx';
import { apiUrl, currentToken, keepToken, loginCode, onTokenElsewhere } from '../lib/access.ts';
import { createStore, type Store } from '../lib/live.ts';
import { StoreContext } from '../lib/use-store.ts';
import { Shell } from './shell.tsx';

/** Who may see what: a login link is exchanged first, then the page of the token, else how to get one. */
export function App() {
  const [code, setCode] = useState(() => loginCode(window.location));
  const [token, setToken] = useState(currentToken);
  const [refused, setRefused] = useState(false);
  useEffect(() => onTokenElsewhere(() => setToken(currentToken())), []);

  if (code !== null)
    return (
      <LoggingIn
        code={code}
        onDone={() => {
          // The code is spent; neither it nor the path shall stay in the history.
          window.history.replaceState(null, '', '/');
          setRefused(false);
          setToken(currentToken());
          setCode(null);
        }}
      />
    );
  const leave = (wasRefused: boolean) => {
    keepToken(null);
    setRefused(wasRefused);
    setToken(null);
  };
  if (token === null) return <Login refused={refused} />;
  return <LoggedIn key={token} token={token} onLeave={leave} />;
}

function LoggedIn({ token, onLeave }: { token: string; onLeave: (refused: boolean) => void }) {
  const [store, setStore] = useState<Store | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: one store per token; `key` remounts for another
  useEffect(() => {
    const opened = createStore({ url: apiUrl(), token, onLoggedOut: () => onLeave(true) });
    setStore(opened);
    return () => opened.stop();
  }, []);
  if (!store) return null;
  return (
    <StoreContext value={store}>
      <Shell onLogOut={() => onLeave(false)} />
    </StoreContext>
  );
}
