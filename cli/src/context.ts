import type { Client, ClientOptions } from '@cao/client';
import { clientOf } from './client.ts';
import type { Env } from './env.ts';
import { type Home, openHome } from './home.ts';
import type { Io } from './io.ts';

/** Where `cao up` listens when nobody says otherwise. */
export const DEFAULT_PORT = 9889;
const DEFAULT_URL = `http://127.0.0.1:${DEFAULT_PORT}`;

/** What every command gets. */
export interface Context {
  readonly io: Io;
  readonly env: Env;
  readonly home: Home;
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP, with an Interrupted; a second one ends the process. */
  readonly signal: AbortSignal;
  /** The api that CAO_URL, else the login, else the default names. Reading it fails only on a broken login file. */
  readonly server: ClientOptions;
  readonly client: Client;
}

export function makeContext(io: Io, env: Env, signal: AbortSignal): Context {
  const home = openHome(env.CAO_HOME);
  let server: ClientOptions | undefined;
  let client: Client | undefined;
  return {
    io,
    env,
    home,
    signal,
    get server() {
      server ??= findServer(env, home);
      return server;
    },
    get client() {
      client ??= clientOf(this.server);
      return client;
    },
  };
}

function findServer(env: Env, home: Home): ClientOptions {
  // A token is for the server it came from: with another CAO_URL the stored one is not sent there.
  const login = env.CAO_URL && env.CAO_TOKEN ? null : home.readLogin();
  const url = env.CAO_URL ?? login?.url ?? DEFAULT_URL;
  const stored = login && new URL(login.url).origin === new URL(url).origin ? login.token : undefined;
  return { url, token: env.CAO_TOKEN ?? stored };
}
