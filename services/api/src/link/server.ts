import { randomBytes } from 'node:crypto';
import {
  CaoError,
  type DownFrame,
  LINK_EVENT_WINDOW,
  LINK_PATH,
  LINK_PING_MS,
  linkClose,
  type UpFrame,
} from '@cao/contracts';
import { isSuperseded, noteDuplicate, releaseLink } from '@cao/db';
import { failpoint, onePacket } from '@cao/runtime';
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { Deps } from '../deps.ts';
import type { Watchers } from '../live/watchers.ts';
import { dismissHost } from './dismiss.ts';
import { eventApplier, type Spooled, takeTogether } from './events.ts';
import { frameQueue } from './frame-queue.ts';
import { type Link, makeLink } from './link.ts';
import { isProven } from './proof.ts';
import { reconcile } from './reconcile.ts';
import { goRounds } from './rounds.ts';
import { watchUnproven } from './unproven.ts';

/** The beat that the server asks for. Units: ms. */
const BEAT_MS = 5_000;
/** A host that dialled says hello at once. Units: ms. */
const HELLO_MS = 5_000;

/** Where hosts dial in. One link per host: the newest hello wins, in Postgres, and the older one is told. */
export function serveLinks(app: FastifyInstance, deps: Deps, watchers: Watchers): void {
  deps.bus.subscribe(({ kind, host_id, data }) => {
    if (kind === 'host.removed' && host_id) void dismissHost(deps, host_id);
    if (kind === 'host.online' && host_id) dropOlder(deps, host_id, Number(data.link_epoch));
  });
  const unproven = watchUnproven();
  const apply = eventApplier(deps);
  app.get(LINK_PATH, { websocket: true }, async (socket, { raw }) => {
    const proven = unproven(raw.socket);
    const { frames, drop } = frameQueue(socket);
    try {
      await holdLink(deps, watchers, apply, { socket, frames, proven, hold: onePacket(raw.socket) });
    } catch (error) {
      if (error instanceof CaoError && error.details.duplicate)
        return await refuseDuplicate(deps, socket, String(error.details.duplicate));
      deps.log.warn({ err: error }, 'a host link ended with an error');
      socket.close(
        error instanceof CaoError && error.code === 'bad_request' ? linkClose.badFrame : linkClose.goingAway,
        reasonOf(error),
      );
    } finally {
      drop();
    }
  });
}

const MAX_REASON = 120;
const reasonOf = (error: unknown) =>
  (error instanceof Error ? error.message : String(error)).slice(0, MAX_REASON);

type Apply = ReturnType<typeof eventApplier>;

interface Dialled {
  readonly socket: WebSocket;
  readonly frames: AsyncIterableIterator<UpFrame>;
  /** It has shown who it is. */
  proven(): void;
  /** Called before each frame is written. */
  hold(): void;
}

async function holdLink(
  deps: Deps,
  watchers: Watchers,
  apply: Apply,
  { socket, frames, proven, hold }: Dialled,
): Promise<void> {
  const nonce = randomBytes(32).toString('base64url');
  socket.send(JSON.stringify({ t: 'challenge', nonce } satisfies DownFrame));
  const hello = await firstHello(socket, frames);
  const hostId = hello.host_id;
  const key = await deps.shared.hostKey(hostId);
  if (key === null || !isProven(key, nonce, hello))
    return socket.close(linkClose.revoked, 'no host of this cluster has this id and this key');
  proven();
  const claimed = await deps.shared.claimLink({
    hostId,
    replica: deps.replicaId,
    hello: {
      instance: hello.instance,
      agentVersion: hello.agent_version,
      os: hello.os,
      arch: hello.arch,
      attach: hello.attach,
      machineBoot: hello.machine_boot,
      providers: hello.providers,
      spool: hello.spool,
      warm: hello.warm,
      health: hello.health,
      panes: hello.panes,
    },
  });
  dropOlder(deps, hostId, claimed.linkEpoch);
  // Of two hellos at one moment the older may come here last: it takes nobody's place.
  if (deps.links.get(hostId)?.ended === false) return socket.close(linkClose.superseded, SUPERSEDED);
  const link = makeLink(socket, hostId, claimed.linkEpoch, hold);
  const log = deps.log.child({ host: hostId, link_epoch: link.epoch });
  const removeLink = deps.links.add(deps, link);
  const stopPings = keepAlive(socket);
  const endRounds = goRounds(deps, link);
  const welcome: Omit<Extract<DownFrame, { t: 'welcome' }>, 'e'> = {
    t: 'welcome',
    host_id: hostId,
    beat_ms: BEAT_MS,
    acked: claimed.acked,
  };
  link.send(welcome);
  deps.arrivals.came();
  log.info({ panes: hello.panes.length }, 'a host is linked');
  watchers.resume(link);
  const takeEvent = eventInbox(deps, link, apply, { acked: claimed.acked, last: hello.spool.last });
  const snapshot = { panes: hello.panes, rebooted: claimed.rebooted };
  const repaired = deps.arrivals.settled().then(() => reconcile(deps, link, { snapshot }));
  repaired.catch((error) => {
    if (link.ended) return;
    log.error({ err: error }, 'reconcile failed; the host dials again');
    socket.close(linkClose.goingAway, 'reconcile failed');
  });
  try {
    for await (const frame of frames) {
      if (link.ended) return socket.close(linkClose.superseded, SUPERSEDED);
      if (frame.t === 'hello') throw new CaoError('bad_request', 'a second hello on one link');
      if (frame.e !== link.epoch) continue; // sent before it heard of this epoch
      if (frame.t === 'done') link.onDone(frame);
      else if (frame.t === 'event') takeEvent(frame);
      else if (frame.t === 'beat') {
        const ms = deps.pulse.leaseMs();
        if (ms !== null) link.send({ t: 'lease', progress: frame.progress, ms });
      } else watchers.onBytes(hostId, frame);
    }
  } finally {
    stopPings();
    endRounds();
    link.end('the connection ended');
    await removeLink();
    await releaseLink(deps.database.db, hostId, link.epoch, 'link ended').catch((error) =>
      log.warn({ err: error }, 'could not release the link'),
    );
    log.info('a host link ended');
  }
}

const SUPERSEDED = 'a newer link of this host exists';

/** The newest hello has won, here or at another replica. */
function dropOlder(deps: Deps, hostId: string, linkEpoch: number): void {
  const link = deps.links.get(hostId);
  if (link && link.epoch < linkEpoch) link.drop(linkClose.superseded, SUPERSEDED);
}

/** A clone of the machine, or a copy of its state folder: the one that is linked stays. */
async function refuseDuplicate(deps: Deps, socket: WebSocket, hostId: string): Promise<void> {
  deps.log.warn({ host: hostId }, 'another machine says that it is this host');
  socket.close(linkClose.duplicate, 'another machine is linked as this host');
  await noteDuplicate(deps.database.db, hostId);
}

/**
 * Events are applied in order, those that came together in one transaction where they may be; answers to commands and screen bytes
 * do not wait behind them.
 * @param spool the last event that is applied, and the last one from before the snapshot of the hello
 */
function eventInbox(deps: Deps, link: Link, apply: Apply, spool: { acked: number; last: number }) {
  if (spool.acked >= spool.last) link.onTold();
  const waiting: Spooled[] = [];
  let applying = false;
  const applyAll = async () => {
    if (waiting[0]?.old) await deps.arrivals.settled();
    while (waiting.length > 0 && !link.ended) {
      const events = takeTogether(waiting);
      const n = await apply({ link, events });
      waiting.unshift(...events.filter((event) => event.n > n));
      await failpoint('api.event.before-ack');
      link.send({ t: 'ack', n });
      if (n >= spool.last) link.onTold();
    }
    applying = false;
  };
  const onFailure = (error: unknown) => {
    if (link.ended) return;
    if (isSuperseded(error)) return link.drop(linkClose.superseded, SUPERSEDED);
    deps.log.warn(
      { err: error, host: link.hostId },
      'an event could not be applied; the host dials again and sends it again',
    );
    link.drop(linkClose.goingAway, 'an event could not be applied');
  };
  const take = ({ n, event }: Extract<UpFrame, { t: 'event' }>) => {
    if (waiting.length >= LINK_EVENT_WINDOW)
      throw new CaoError('bad_request', `more than ${LINK_EVENT_WINDOW} events that are not acked yet`);
    waiting.push({ n, event, old: n <= spool.last });
    if (event.kind === 'accepted') deps.proofs.came(event.terminal, event.seq);
    if (applying) return;
    applying = true;
    // Behind the frames that were read with this one.
    setImmediate(() => void applyAll().catch(onFailure));
  };
  return take;
}

async function firstHello(socket: WebSocket, frames: AsyncIterableIterator<UpFrame>) {
  const timer = setTimeout(() => socket.terminate(), HELLO_MS);
  try {
    const { value: frame, done } = await frames.next();
    if (done) throw new CaoError('bad_request', 'the link closed before its hello');
    if (frame.t !== 'hello')
      throw new CaoError('bad_request', `the first frame is ${frame.t}, and hello was expected`);
    return frame;
  } finally {
    clearTimeout(timer);
  }
}

/** Two pings without an answer end a half-open connection. */
function keepAlive(socket: WebSocket): () => void {
  let unanswered = 0;
  socket.on('pong', () => {
    unanswered = 0;
  });
  const timer = setInterval(() => {
    if (++unanswered > 2) return socket.terminate();
    socket.ping();
  }, LINK_PING_MS);
  return () => clearInterval(timer);
}
