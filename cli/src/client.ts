import { type Client, type ClientOptions, createClient } from '@cao/client';
import { lightFetch } from './light-fetch.ts';

/** The api as this program asks it. */
export const clientOf = (server: ClientOptions): Client => createClient({ ...server, fetch: lightFetch });
