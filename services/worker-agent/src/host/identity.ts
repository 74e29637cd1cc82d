import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync, readlinkSync, realpathSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@cao/client';
import { CaoError, linkProofText } from '@cao/contracts';
import type { AgentEnv } from '../env.ts';
import { readJson, writeJson } from '../state/json-file.ts';

/** Who this host is: an id that was given once, in exchange for a join token, and a key that never leaves this folder. */
export interface Identity {
  readonly hostId: string;
  /** Which of the machines that have a copy of this folder it is. */
  readonly instance: string;
  /** Its private key, one line of base64: nobody may be shown it. */
  readonly secret: string;
  /** @returns the signature for a challenge of the api, base64 */
  prove(nonce: string): string;
}

interface Kept {
  readonly host_id: string;
  /** Ed25519, PEM (PKCS #8). */
  readonly private_key: string;
}

/** @throws CaoError of the api (a used or expired token, a taken name), or bad_request when there is no token. */
export async function identify(env: AgentEnv, boot: string): Promise<Identity> {
  const file = join(env.CAO_STATE_DIR, 'agent.json');
  const known = readJson<Partial<Kept>>(file);
  const kept = known?.host_id && known.private_key ? (known as Kept) : await joinWithToken(env);
  if (kept !== known) writeJson(file, kept);
  if (env.CAO_JOIN_TOKEN_FILE) rmSync(env.CAO_JOIN_TOKEN_FILE, { force: true });
  const key = createPrivateKey(kept.private_key);
  const instance = instanceOf(env.CAO_STATE_DIR, boot);
  return {
    hostId: kept.host_id,
    instance,
    secret: kept.private_key.split('\n')[1] ?? kept.private_key,
    prove: (nonce) =>
      sign(null, Buffer.from(linkProofText({ nonce, host_id: kept.host_id, instance })), key).toString(
        'base64',
      ),
  };
}

async function joinWithToken(env: AgentEnv): Promise<Kept> {
  if (!env.CAO_JOIN_TOKEN_FILE)
    throw new CaoError(
      'bad_request',
      `this host has not joined yet; run \`cao host join ${env.CAO_API_URL} --token T\``,
    );
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { host_id } = await createClient({ url: env.CAO_API_URL }).hosts.join({
    body: {
      token: readFileSync(env.CAO_JOIN_TOKEN_FILE, 'utf8').trim(),
      public_key: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
      name: env.CAO_HOST_NAME,
      labels: env.CAO_HOST_LABELS,
      capacity: env.CAO_HOST_CAPACITY,
    },
  });
  return { host_id, private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

/** The same over restarts of the worker-agent; another one in a clone of the machine, and in a copy of the folder. */
function instanceOf(stateDir: string, boot: string): string {
  const { dev, ino } = statSync(stateDir);
  const parts = [boot, pidNamespace(), realpathSync(stateDir), dev, ino];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return ''; // not Linux
  }
}
