import { CaoError, type ErrorBody, type HostView } from '@cao/contracts';
import { linkHolder, type TerminalRow } from '@cao/db';
import type { FastifyRequest } from 'fastify';
import type { Deps } from '../deps.ts';
import type { Link } from '../link/link.ts';

/** Marks what a replica passes on for its caller: it is answered there, or not at all, and never passed on again. */
export const FORWARDED = 'x-cao-forwarded-by';
/** Above the longest deadline of a command that is passed on. Units: ms. */
const ANSWER_MS = 20_000;

/** Where the link of a terminal's host is: held here, reached at another replica, or neither. */
export interface Place {
  readonly row: TerminalRow & { hostId: string };
  readonly link: Link | null;
  /** Of the replica that holds it. */
  readonly url: string | null;
}

/** @throws CaoError conflict (no host yet), gone (it never had one) */
export async function placeOf(deps: Deps, row: TerminalRow, request: FastifyRequest): Promise<Place> {
  const { hostId } = row;
  if (hostId === null && row.lifecycle === 'closed')
    throw new CaoError('gone', `terminal ${row.id} ended before it had a host`);
  if (hostId === null) throw new CaoError('conflict', `terminal ${row.id} has no host yet`);
  return { row: { ...row, hostId }, ...(await linkOf(deps, hostId, request)) };
}

export async function linkOf(
  deps: Deps,
  hostId: string,
  request: FastifyRequest,
): Promise<Pick<Place, 'link' | 'url'>> {
  const link = deps.links.get(hostId) ?? null;
  const holder = link || FORWARDED in request.headers ? null : await linkHolder(deps.database.db, hostId);
  return { link, url: holder && holder.replica !== deps.replicaId ? holder.url : null };
}

/** A call that may be passed on. */
export interface PassedCall {
  readonly request: FastifyRequest;
  readonly signal: AbortSignal;
  /** What another replica is asked; without it the very request. */
  readonly as?: { readonly method: string; readonly url: string; readonly body?: unknown };
}

/**
 * Has a host do something: through its link here, or through the replica that holds it.
 * @param offline what to say when nobody holds it
 * @throws what `work` throws, or the other replica answered
 */
export async function throughLink<T>(
  deps: Deps,
  { link, url }: Pick<Place, 'link' | 'url'>,
  call: PassedCall,
  offline: CaoError,
  work: (link: Link) => Promise<T>,
): Promise<T> {
  if (link) return work(link);
  if (url === null) throw offline;
  return (await ask(url, deps, call)) as T; // the same endpoint of the same contract
}

export const hostNotLinked = ({ id, name }: Pick<HostView, 'id' | 'name'>): CaoError =>
  new CaoError('host_offline', `host ${name} is not linked right now`, { host_id: id });

/** @returns the error of a host whose link nobody holds. */
export const notLinked = (row: TerminalRow): CaoError =>
  new CaoError(
    'host_offline',
    `the host of terminal ${row.id} is not linked right now; its output is kept there`,
    {
      host_id: row.hostId,
    },
  );

/**
 * Passes a call on to the replica that can answer it, with the caller's own token: it is checked there again.
 * @throws CaoError as that replica answered; unavailable when it does not.
 */
async function ask(replica: string, deps: Deps, { request, signal, as = request }: PassedCall) {
  const { authorization } = request.headers;
  try {
    const response = await fetch(replica + as.url, {
      method: as.method,
      headers: {
        ...(authorization ? { authorization } : {}),
        ...(as.body === undefined ? {} : { 'content-type': 'application/json' }),
        [FORWARDED]: deps.replicaId,
      },
      body: as.body === undefined ? null : JSON.stringify(as.body),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    const { code, message, details } = (answer as ErrorBody).error;
    throw new CaoError(code, message, details);
  } catch (cause) {
    if (cause instanceof CaoError) throw cause;
    const message = 'the replica that holds the link of this host does not answer';
    throw new CaoError('unavailable', message, {}, { cause });
  }
}
