import {
  type DownFrame,
  downFrame,
  LINK_PATH,
  LINK_PING_MS,
  linkClose,
  MAX_LINK_FRAME_BYTES,
  type UpFrame,
} from '@cao/contracts';
import { type Logger, onePacket } from '@cao/runtime';
import { WebSocket } from 'ws';

type Unstamped<F> = F extends unknown ? Omit<F, 'e'> : never;
type Hello = Extract<UpFrame, { t: 'hello' }>;
export type Welcome = Extract<DownFrame, { t: 'welcome' }>;

export interface Dialled {
  /**
   * Sends under the newest link epoch; silently drops while there is no link: what must not be lost is spooled. Output
   * that the network is too slow for is left out; an empty one at its end says so once there is room again.
   */
  send(frame: Unstamped<Exclude<UpFrame, { t: 'hello' }>>): void;
  stop(): Promise<void>;
}

export interface DialOptions {
  readonly apiUrl: string;
  readonly log: Logger;
  /** Made for the challenge of each link. */
  hello(nonce: string): Promise<Hello>;
  onWelcome(welcome: Welcome): void;
  onFrame(frame: Exclude<DownFrame, { t: 'welcome' | 'challenge' }>): void;
  /** This host is none of theirs: dialling again would change nothing. */
  onRevoked(reason: string): void;
}

/** Pauses between dials, jittered: a thousand hosts that lost one api do not come back at one moment. Units: ms. */
const REDIAL_MS = { first: 200, last: 10_000 };
/** Each pause is about half of the time that the link has been away: whoever comes back is not waited for much longer than it took. */
const REDIAL_GROWTH = 1.5;
/** Two of the server's pings missed, and one more. Units: ms. */
const SILENCE_MS = LINK_PING_MS * 3;

/** What may wait for a slow network before output is left out. Units: bytes. */
const MAX_UNSENT = 4 * 1024 * 1024;

/** The one connection of a host, dialled out, again and again until `stop`. */
export function dial(options: DialOptions): Dialled {
  const url = new URL(LINK_PATH, options.apiUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  let socket: WebSocket | undefined;
  let hold = () => {};
  let epoch: number | undefined;
  let pause = REDIAL_MS.first;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  /** By terminal, where output ends that was left out. */
  const skipped = new Map<string, number>();

  const transmit = (frame: Unstamped<Exclude<UpFrame, { t: 'hello' }>>) => {
    if (epoch === undefined || socket?.readyState !== WebSocket.OPEN) return;
    if (frame.t === 'output' && socket.bufferedAmount > MAX_UNSENT)
      skipped.set(frame.terminal, frame.offset + Buffer.byteLength(frame.data, 'base64'));
    else {
      hold();
      socket.send(JSON.stringify({ ...frame, e: epoch }), tellSkipped);
    }
  };
  const tellSkipped = () => {
    if (skipped.size === 0 || (socket?.bufferedAmount ?? 0) > MAX_UNSENT / 2) return;
    const ends = [...skipped];
    skipped.clear();
    for (const [terminal, offset] of ends) transmit({ t: 'output', terminal, offset, data: '' });
  };

  const connect = () => {
    const mine = new WebSocket(url, {
      maxPayload: MAX_LINK_FRAME_BYTES,
      handshakeTimeout: SILENCE_MS,
    });
    socket = mine;
    let silence: NodeJS.Timeout | undefined;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => mine.terminate(), SILENCE_MS);
    };
    mine.on('upgrade', (response) => {
      hold = onePacket(response.socket);
    });
    mine.on('open', heard);
    mine.on('ping', heard);
    mine.on('message', (data) => {
      heard();
      receive(mine, String(data));
    });
    mine.on('error', (error) => options.log.debug({ err: error }, 'the link failed'));
    mine.on('close', (code, reason) => {
      clearTimeout(silence);
      if (socket !== mine) return;
      epoch = undefined;
      skipped.clear();
      if (stopped) return;
      if (code === linkClose.revoked) return options.onRevoked(String(reason));
      if (code === linkClose.duplicate)
        options.log.error(
          'another machine is linked as this host: was this one cloned? Remove its state folder and join it anew',
        );
      options.log.info({ code, reason: String(reason) }, 'no link; dialling again');
      timer = setTimeout(connect, pause * (0.5 + Math.random()));
      pause = Math.min(pause * REDIAL_GROWTH, REDIAL_MS.last);
    });
  };

  const receive = (mine: WebSocket, text: string) => {
    const parsed = downFrame.safeParse(parseJson(text));
    if (!parsed.success) {
      options.log.error({ issue: parsed.error.issues[0] }, 'the api sent a frame that is none');
      return mine.close(linkClose.badFrame, 'bad frame');
    }
    const frame = parsed.data;
    if (frame.t === 'challenge') {
      return void options.hello(frame.nonce).then(
        (hello) => mine.send(JSON.stringify(hello)),
        (error) => {
          options.log.error({ err: error }, 'no hello could be made');
          mine.terminate();
        },
      );
    }
    if (frame.t === 'welcome') {
      epoch = frame.e;
      pause = REDIAL_MS.first;
      return options.onWelcome(frame);
    }
    // Only the newest link is obeyed.
    if (frame.e === epoch) options.onFrame(frame);
  };

  connect();
  return {
    send: transmit,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      if (!socket || socket.readyState === WebSocket.CLOSED) return;
      const closed = new Promise<void>((resolve) => socket!.once('close', () => resolve()));
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
      else socket.close(1000, 'the worker-agent stops');
      const force = setTimeout(() => socket!.terminate(), 1_000); // a dead peer answers no close frame
      await closed;
      clearTimeout(force);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
