import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { join as joinPath } from 'node:path';
import { API_PREFIX, api } from '@cao/contracts';
import type { HostOrder } from '../../../../test/support/fleet/protocol.ts';
import { writeJson } from '../../src/state/json-file.ts';

/**
 * Joins a host as its worker-agent would, but from an address of its own, as a machine of its own would: its identity then lies in
 * the state folder, where the worker-agent's own code finds it.
 */
export async function join(apiUrl: string, host: HostOrder, stateDir: string): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { token, name, capacity, address } = host;
  const public_key = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const { host_id } = await post(apiUrl, address, { token, name, capacity, public_key });
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const private_key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  writeJson(joinPath(stateDir, 'agent.json'), { host_id, private_key });
}

function post(apiUrl: string, localAddress: string, body: unknown): Promise<{ host_id: string }> {
  const { method, path, response } = api.hosts.join;
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const call = request(new URL(API_PREFIX + path, apiUrl), { method, localAddress, headers }, (answer) => {
      const text = answer.setEncoding('utf8').toArray();
      text
        .then((parts: string[]) => {
          if (answer.statusCode !== 201)
            throw new Error(`a join was answered ${answer.statusCode}: ${parts.join('')}`);
          resolve(response.parse(JSON.parse(parts.join(''))));
        })
        .catch(reject);
    });
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
}
