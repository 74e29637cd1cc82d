import {
  CaoError,
  type EventView,
  LIVE_PATH,
  LIVE_PROTOCOL,
  LIVE_TOKEN_PROTOCOL,
  type LivePush,
  type LiveRequest,
  liveRequest,
  MAX_LIVE_FRAME_BYTES,
} from '@cao/contracts';
import { eventsAfter, findTerminal, lastEventId } from '@cao/db';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { authorise, bearerOf, type Principal, principalOf } from '../auth/principal.ts';
import type { Deps } from '../deps.ts';
import type { Watchers } from './watchers.ts';

/** A viewer that does not read is cut off rather than buffered without end. Units: bytes. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
const CATCH_UP_PAGE = 500;
/** Private use range of WebSocket close codes. */
const CLOSE = { unauthenticated: 4401, slow: 4408 } as const;

/** The live connection of people and programs: events, and terminals to look at and type into. */
export function serveLive(app: FastifyInstance, deps: Deps, watchers: Watchers): void {
  app.get(LIVE_PATH, { websocket: true }, async (socket, request) => {
    const early: string[] = [];
    const hold = (data: unknown) => early.push(String(data));
    socket.on('message', hold);
    let principal: Principal;
    try {
      principal = await principalOf(deps.database, tokenOf(request));
      authorise(principal, 'viewer');
    } catch (error) {
      return socket.close(CLOSE.unauthenticated, (error as Error).message.slice(0, 120));
    }
    socket.off('message', hold);
    const viewer = makeViewer(deps, watchers, principal, socket);
    for (const text of early) viewer.onText(text);
    socket.on('message', (data) => viewer.onText(String(data)));
    socket.on('close', viewer.end);
    socket.on('error', () => socket.terminate());
  });
}

function tokenOf(request: FastifyRequest): string | null {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((part) => part.trim());
  const inProtocol = offered
    .find((part) => part.startsWith(LIVE_TOKEN_PROTOCOL))
    ?.slice(LIVE_TOKEN_PROTOCOL.length);
  return inProtocol ?? bearerOf(request.headers.authorization);
}

/** The token offered as a subprotocol must not be echoed: only the plain name is chosen. */
export const chooseProtocol = (offered: Set<string>): string | false =>
  offered.has(LIVE_PROTOCOL) ? LIVE_PROTOCOL : false;

function makeViewer(deps: Deps, watchers: Watchers, principal: Principal, socket: WebSocket) {
  const watching = new Set<string>();
  let unsubscribe = () => {};
  // Requests of one viewer are handled in order: keys must not overtake each other.
  let tail = Promise.resolve();

  const push = (message: LivePush) => {
    if (socket.bufferedAmount > MAX_BUFFERED_BYTES)
      return socket.close(CLOSE.slow, 'you read too slowly; connect again');
    socket.send(JSON.stringify(message));
  };
  const fail = (error: unknown, terminal?: string) => {
    const known =
      error instanceof CaoError
        ? error
        : new CaoError('internal', 'something in CAO went wrong', {}, { cause: error });
    if (known.code === 'internal') deps.log.error({ err: error }, 'a live request failed');
    push({ t: 'error', code: known.code, message: known.message, ...(terminal ? { terminal } : {}) });
  };

  const subscribe = async (request: Extract<LiveRequest, { t: 'subscribe' }>) => {
    unsubscribe();
    const wants = (event: EventView) =>
      request.session === undefined || event.session_name === request.session;
    // Ids are given before the commit, so a lower one may come later: what was sent is remembered while catching up.
    const seen = new Set<number>();
    const missed: EventView[] = [];
    let catchingUp = true;
    const forward = (event: EventView) => {
      if (!wants(event) || seen.has(event.id)) return;
      if (catchingUp) seen.add(event.id);
      push({ t: 'event', event });
    };
    unsubscribe = deps.bus.subscribe((event) => (catchingUp ? missed.push(event) : forward(event)));
    let cursor = request.after ?? (await lastEventId(deps.database.db));
    push({ t: 'subscribed', after: cursor });
    for (;;) {
      const page = await eventsAfter(deps.database.db, {
        after: cursor,
        session: request.session,
        limit: CATCH_UP_PAGE,
      });
      for (const event of page) forward(event);
      cursor = page.at(-1)?.id ?? cursor;
      if (page.length < CATCH_UP_PAGE) break;
    }
    for (const event of missed) forward(event);
    catchingUp = false;
  };

  const linkOf = async (terminal: string) => {
    const row = await findTerminal(deps.database.db, terminal);
    if (!row) throw new CaoError('not_found', `there is no terminal ${terminal}`);
    if (!row.hostId) throw new CaoError('conflict', `terminal ${terminal} has no host yet`);
    return { hostId: row.hostId, link: deps.links.get(row.hostId) };
  };

  const handle = async (request: LiveRequest) => {
    switch (request.t) {
      case 'subscribe':
        return subscribe(request);
      case 'watch': {
        const { hostId } = await linkOf(request.terminal);
        watching.add(request.terminal);
        return watchers.watch(request.terminal, hostId, push);
      }
      case 'unwatch':
        watching.delete(request.terminal);
        return watchers.unwatch(request.terminal, push);
      case 'input':
      case 'resize': {
        authorise(principal, 'operator');
        const { hostId, link } = await linkOf(request.terminal);
        if (!link) throw new CaoError('host_offline', `host ${hostId} is not linked to this api right now`);
        return link.send(request);
      }
    }
  };

  return {
    onText(text: string) {
      const request = parseRequest(text);
      if (request instanceof CaoError) return fail(request);
      const terminal = 'terminal' in request ? request.terminal : undefined;
      tail = tail.then(() => handle(request)).catch((error) => fail(error, terminal));
    },
    end() {
      unsubscribe();
      for (const terminal of watching) watchers.unwatch(terminal, push);
    },
  };
}

function parseRequest(text: string): LiveRequest | CaoError {
  if (text.length > MAX_LIVE_FRAME_BYTES)
    return new CaoError('too_large', `a live frame has at most ${MAX_LIVE_FRAME_BYTES} bytes`);
  try {
    const parsed = liveRequest.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0]!;
    return new CaoError('bad_request', `${issue.path.join('.') || 'frame'}: ${issue.message}`);
  } catch {
    return new CaoError('bad_request', 'a live frame is JSON');
  }
}
