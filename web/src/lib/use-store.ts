import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Store } from './live.ts';
import type { State } from './state.ts';

export const StoreContext = createContext<Store | null>(null);

export function useStore(): Store {
  const store = useContext(StoreContext);
  if (!store) throw new Error('useStore outside of StoreContext');
  return store;
}

/** @param pick must return a part of the state as it is, not a new object: equality decides about rendering. */
export function useLive<T>(pick: (state: State) => T): T {
  const store = useStore();
  return useSyncExternalStore(store.subscribe, () => pick(store.getState()));
}
