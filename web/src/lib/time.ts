import { useSyncExternalStore } from 'react';

const MINUTE_MS = 60_000;
/** How often ages on the page are written anew; they are rounded to minutes. */
const TICK_MS = 20_000;

let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** One clock for the page. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

/** How long ago, in one unit. A server's clock ahead of ours reads as `just now`. */
export function age(from: string, at: number): string {
  const minutes = Math.floor((at - Date.parse(from)) / MINUTE_MS);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`;
}
