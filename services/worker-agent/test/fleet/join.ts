import { request } from 'node:http';
import { API_PREFIX, api } from '@cao/contracts';
import type { HostOrder } from '../../../../test/support/fleet/protocol.ts';

/** Exchanges its token for a credential, from an address of its own, as a machine of its own would. */
export function join(apiUrl: string, host: HostOrder): Promise<{ host_id: string; credential: string }> {
  const { method, path, response } = api.hosts.join;
  const { token, name, capacity, address } = host;
  return new Promise((resolve, reject) => {
    const call = request(
      new URL(API_PREFIX + path, apiUrl),
      { method, localAddress: address, headers: { 'content-type': 'application/json' } },
      async (answer) => {
        try {
          const text = (await answer.setEncoding('utf8').toArray()).join('');
          if (answer.statusCode !== 201) throw new Error(`a join was answered ${answer.statusCode}: ${text}`);
          resolve(response.parse(JSON.parse(text)));
        } catch (error) {
          reject(error);
        }
      },
    );
    call.on('error', reject);
    call.end(JSON.stringify({ token, name, capacity }));
  });
}
