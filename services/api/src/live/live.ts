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
import { notLinked, type Place, placeOf } from '../replicas/holder.ts';
import { openRelay, type Relay } from '../replicas/relay.ts';
import type { Known, Viewer } from './follower.ts';
import type { Watchers } from './watchers.ts';

/** A viewer that does not read is cut off rather than buffered without end. Units: bytes. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
const CATCH_UP_PAGE = 500;
/** Private use range of WebSocket close codes. */
const CLOSE = { unauthenticated: 4401, slow: 4408, moved: 4410 } as const;
/** The other end of a relay is read no further while the viewer is this far behind. Units: bytes. */
const RELAY_BUFFERED_BYTES = 1024 * 1024;

/** The live connection of people and programs: events, and terminals to look at and type into. */
export function serveLive(app: FastifyInstance, deps: Deps, watchers: Watchers): void {
  app.get(LIVE_PATH, { websocket: true }, async (socket, request) => {
    const early: string[] = [];
    const hold = (data: unknown) => early.push(String(data));
    socket.on('message', hold);
    let principal: Principal;
    try {
      principal = await principalOf(deps, tokenOf(request));
      authorise(principal, 'viewer');
    } catch (error) {
      return socket.close(CLOSE.unauthenticated, (error as Error).message.slice(0, 120));
    }
    socket.off('message', hold);
    const viewer = makeViewer(deps, watchers, { principal, socket, request });
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

interface Caller {
  readonly principal: Principal;
  readonly socket: WebSocket;
  readonly request: FastifyRequest;
}

function makeViewer(deps: Deps, watchers: Watchers, { principal, socket, request: upgrade }: Caller) {
  /** What is watched, and where that was when it began. */
  const watching = new Map<string, Place>();
  /** By address, to the replicas that hold the links of what is watched or typed into. */
  const relays = new Map<string, Relay>();
  let unsubscribe = () => {};
  let ended = false;
  // Requests of one viewer are handled in order: keys must not overtake each other.
  let tail = Promise.resolve();

  const write = (text: string, sent: () => void) => {
    if (socket.bufferedAmount <= MAX_BUFFERED_BYTES) return socket.send(text, sent);
    socket.close(CLOSE.slow, 'you read too slowly; connect again');
    sent();
  };
  const push = (message: LivePush) =>
    new Promise<void>((resolve) => write(JSON.stringify(message), () => resolve()));
  const viewer: Viewer = { push };
  const fail = (error: unknown, terminal?: string) => {
    const known =
      error instanceof CaoError
        ? error
        : new CaoError('internal', 'something in CAO went wrong', {}, { cause: error });
    if (known.code === 'internal') deps.log.error({ err: error }, 'a live request failed');
    void push({ t: 'error', code: known.code, message: known.message, ...(terminal ? { terminal } : {}) });
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
      void push({ t: 'event', event });
    };
    unsubscribe = deps.bus.subscribe((event) => (catchingUp ? missed.push(event) : forward(event)));
    let cursor = request.after ?? (await lastEventId(deps.database.db));
    void push({ t: 'subscribed', after: cursor });
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

  const relayTo = (url: string): Relay => {
    const known = relays.get(url);
    if (known) return known;
    const to = { url: url + LIVE_PATH, token: tokenOf(upgrade) ?? '', replicaId: deps.replicaId };
    const relay = openRelay(to, {
      text(text, from) {
        if (socket.bufferedAmount > RELAY_BUFFERED_BYTES) from.pause();
        write(text, () => from.resume());
      },
      end: () => socket.close(CLOSE.moved, 'the replica of that host went away; connect again'),
    });
    relays.set(url, relay);
    return relay;
  };

  const find = async (terminal: string): Promise<Place> => {
    const row = await findTerminal(deps.database.db, terminal);
    if (!row) throw new CaoError('not_found', `there is no terminal ${terminal}`);
    return placeOf(deps, row, upgrade);
  };

  const watch = async (request: Extract<LiveRequest, { t: 'watch' }>) => {
    const place = await find(request.terminal);
    if (ended) return;
    if (watching.get(request.terminal)?.url !== place.url) unwatch(request.terminal);
    watching.set(request.terminal, place);
    if (place.url) return relayTo(place.url).send(JSON.stringify(request));
    const { id, epoch, hostId } = place.row;
    watchers.watch({ terminal: id, epoch, hostId }, viewer, knownOf(request, epoch));
  };
  const unwatch = (terminal: string) => {
    const url = watching.get(terminal)?.url;
    watching.delete(terminal);
    watchers.unwatch(terminal, viewer);
    if (url) relayTo(url).send(JSON.stringify({ t: 'unwatch', terminal }));
  };

  /** Where a host came back elsewhere, or a terminal has another epoch, its viewer connects again and goes on from what it has. */
  const followMoves = async (event: EventView) => {
    const concerned = [...watching].filter(([terminal, { row }]) =>
      event.kind === 'host.online'
        ? row.hostId === event.host_id
        : event.kind === 'terminal.live' && terminal === event.terminal_id,
    );
    for (const [terminal, before] of concerned) {
      // One that is placed anew has no host now; it says when it runs again.
      const now = await find(terminal).catch(() => null);
      if (!now) continue;
      const same = now.url === before.url && now.row.epoch === before.row.epoch;
      if (!same) socket.close(CLOSE.moved, 'that terminal is reached another way now; connect again');
      else if (event.kind === 'terminal.live') watchers.started(terminal, viewer);
    }
  };
  const stopFollowing = deps.bus.subscribe((event) => {
    if (watching.size > 0) followMoves(event).catch((error) => fail(error));
  });

  const handle = async (request: LiveRequest) => {
    switch (request.t) {
      case 'subscribe':
        return subscribe(request);
      case 'watch':
        return watch(request);
      case 'unwatch':
        return unwatch(request.terminal);
      case 'input':
      case 'resize': {
        authorise(principal, 'operator');
        const { row, link, url } = await find(request.terminal);
        if (link) return link.send(request);
        if (!url) throw notLinked(row);
        return relayTo(url).send(JSON.stringify(request));
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
      ended = true;
      unsubscribe();
      stopFollowing();
      for (const terminal of watching.keys()) watchers.unwatch(terminal, viewer);
      for (const relay of relays.values()) relay.close();
    },
  };
}

/** What was seen of another epoch is nothing of this one. */
function knownOf(
  { from, most, ...known }: Extract<LiveRequest, { t: 'watch' }>,
  epoch: number,
): Known | null {
  if (from === undefined) return null;
  if (known.epoch === undefined || known.epoch === epoch) return { from, most };
  return most === undefined ? { from: 0, most } : null;
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
