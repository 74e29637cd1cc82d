import { openLive } from '@cao/client';

/** Units: bytes. */
const RECENT = 64 * 1024;
/** Far beyond what a busy machine needs. Units: ms. */
const COMES_MS = 60_000;

/** Somebody who follows the bytes of one terminal from its first, across all that breaks. */
export interface ByteViewer extends Disposable {
  /** All that came, as one. */
  bytes(): Buffer;
  readonly size: number;
  /** Whether this is in what came last. */
  shows(text: string): boolean;
  /** Where an offset did not go on from the byte before. */
  readonly jumps: readonly { readonly from: number; readonly to: number }[];
  /** How often it connected. */
  readonly connections: number;
  /** Resolves once `done` holds; looked at after each piece. */
  until(what: string, done: (viewer: ByteViewer) => boolean): Promise<void>;
}

export function viewBytes(
  server: { url: string; token: string },
  terminal: string,
  onBytes: (viewer: ByteViewer) => void = () => {},
): ByteViewer {
  const pieces: Buffer[] = [];
  let recent: Buffer = Buffer.alloc(0);
  let size = 0;
  const jumps: { from: number; to: number }[] = [];
  const waiting = new Set<() => void>();
  let next = 0;
  let epoch: number | undefined;
  let connections = 0;
  const viewer: ByteViewer = {
    bytes: () => Buffer.concat(pieces),
    get size() {
      return size;
    },
    shows: (text) => recent.includes(text),
    jumps,
    get connections() {
      return connections;
    },
    until(what, done) {
      return new Promise((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`not within ${COMES_MS} ms: ${what}; it has ${next} bytes`)),
          COMES_MS,
        );
        const look = () => {
          if (!done(viewer)) return;
          clearTimeout(late);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    },
    [Symbol.dispose]: () => live.close(),
  };
  const live = openLive(server, {
    onOpen(socket) {
      connections++;
      socket.send({ t: 'watch', terminal, from: next, ...(epoch === undefined ? {} : { epoch }) });
    },
    onPush(push) {
      if (push.t !== 'output') return;
      if (push.offset !== next) jumps.push({ from: next, to: push.offset });
      const bytes = Buffer.from(push.data, 'base64');
      pieces.push(bytes);
      size += bytes.length;
      recent = Buffer.concat([recent, bytes]).subarray(-RECENT);
      next = push.offset + bytes.length;
      epoch = push.epoch;
      onBytes(viewer);
      for (const look of [...waiting]) look();
    },
  });
  return viewer;
}
