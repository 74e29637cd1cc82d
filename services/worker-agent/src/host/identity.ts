import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@cao/client';
import { CaoError } from '@cao/contracts';
import type { AgentEnv } from '../env.ts';
import { readJson, writeJson } from '../state/json-file.ts';

/** Who this host is: given once, in exchange for a join token. */
export interface Identity {
  readonly host_id: string;
  readonly credential: string;
}

/** @throws CaoError of the api (a used or expired token, a taken name), or bad_request when there is no token. */
export async function identify(env: AgentEnv): Promise<Identity> {
  const file = join(env.CAO_STATE_DIR, 'agent.json');
  const known = readJson<Identity>(file);
  if (known) return known;
  if (!env.CAO_JOIN_TOKEN_FILE)
    throw new CaoError(
      'bad_request',
      `this host has not joined yet; run \`cao host join ${env.CAO_API_URL} --token T\``,
    );
  const identity = await createClient({ url: env.CAO_API_URL }).hosts.join({
    body: {
      token: readFileSync(env.CAO_JOIN_TOKEN_FILE, 'utf8').trim(),
      name: env.CAO_HOST_NAME,
      labels: env.CAO_HOST_LABELS,
      capacity: env.CAO_HOST_CAPACITY,
    },
  });
  writeJson(file, identity);
  rmSync(env.CAO_JOIN_TOKEN_FILE, { force: true });
  return identity;
}
