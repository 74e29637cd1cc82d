import { createClient } from '@cao/client';

const KEY = 'cao.token';
export const apiUrl = (): string => window.location.origin;

/** The token of this browser, or null; storage may be forbidden, then one logs in per tab. */
let token: string | null = read();

function read(): string | null {
  try {
    return window.localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export const currentToken = (): string | null => token;

export function keepToken(value: string | null): void {
  token = value;
  try {
    if (value === null) window.localStorage.removeItem(KEY);
    else window.localStorage.setItem(KEY, value);
  } catch {
    // kept in memory only
  }
}

/** Another tab of this browser logged in or out. */
export function onTokenElsewhere(listener: () => void): () => void {
  const heard = (event: StorageEvent) => {
    if (event.key !== KEY && event.key !== null) return;
    token = event.newValue;
    listener();
  };
  window.addEventListener('storage', heard);
  return () => window.removeEventListener('storage', heard);
}

/** The code of a link `/login#CODE`, or null on any other address. */
export function loginCode(location: Pick<Location, 'pathname' | 'hash'>): string | null {
  if (location.pathname.replace(/\/$/, '') !== '/login') return null;
  const code = location.hash.slice(1);
  try {
    return decodeURIComponent(code) || null;
  } catch {
    return code; // damaged on its way; the api says that it is not one
  }
}

/** Exchanges a code; it works once. @throws CaoError with the api's own words. */
export async function login(code: string): Promise<void> {
  const answer = await createClient({ url: apiUrl() }).access.login({ body: { code } });
  keepToken(answer.token);
}
