import type { CliApi } from '@cao/providers';
import type { Logger } from '@cao/runtime';
import type { CliApiAt, CliApiClient } from './cli-api.ts';
import { openHttp } from './cli-http.ts';
import { openSocket } from './cli-socket.ts';

/** @param onBody gets each signal of source `api`. */
export function openCliApi(
  at: CliApiAt,
  api: CliApi,
  log: Logger,
  onBody: (body: Readonly<Record<string, unknown>>) => void,
): CliApiClient {
  if (api.kind === 'http' && 'url' in at) return openHttp(at, api, log, onBody);
  if (api.kind === 'socket' && 'socket' in at) return openSocket(at.socket, api, log, onBody);
  throw new Error(`this CLI serves its API by ${api.kind}, and was started otherwise`);
}
