import { useSyncExternalStore } from 'react';

/** `/#/` shows all, `/#/t/<id>` one terminal. The address is the only place where the choice lives. */
export type Route = { readonly page: 'all' } | { readonly page: 'terminal'; readonly id: string };

export const terminalHref = (id: string): string => `#/t/${id}`;
export const ALL_HREF = '#/';

export function parseRoute(hash: string): Route {
  const found = /^#\/t\/([a-f][0-9a-f]{7})$/.exec(hash);
  return found ? { page: 'terminal', id: found[1]! } : { page: 'all' };
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => window.location.hash));
}
