import { CaoError, type LinkCommand, type LivePush, TRANSCRIPT_READ, type UpFrame } from '@cao/contracts';
import { DEADLINE_MS } from '../link/deadlines.ts';
import type { Link } from '../link/link.ts';

export type Bytes = Extract<UpFrame, { t: 'output' | 'snapshot' }>;

/** One connection of somebody who looks. */
export interface Viewer {
  /** Resolves once it has left this process. */
  push(push: LivePush): Promise<void>;
}

/** What a viewer has already, and how much more of it is worth reading instead of a snapshot. Units: bytes. */
export interface Known {
  readonly from: number;
  readonly most: number | undefined;
}

export interface Target {
  readonly terminal: string;
  readonly epoch: number;
  readonly hostId: string;
}

/**
 * The bytes of one terminal for one viewer: each once, in order. What it missed is read from the transcript on the host,
 * whatever it was missed by: its own absence, or the link's.
 *
 *   waiting ──snapshot──▶ live ──an offset too far, a new link──▶ reading ──the end of the transcript──▶ live
 *      ▲────────────────────────────── too much, or lost ──────────┘
 */
export class Follower {
  readonly target: Target;
  readonly #viewer: Viewer;
  readonly #most: number | undefined;
  #state: 'waiting' | 'reading' | 'live' = 'waiting';
  /** The offset of the next byte that the viewer wants; null: a snapshot says it. */
  #next: number | null;
  /** Output that came since the last page was asked for. */
  #kept: Bytes[] = [];
  /** A snapshot came while older bytes were still being read. */
  #missedSnapshot = false;
  #reading = 0;

  constructor(target: Target, viewer: Viewer, known: Known | null) {
    this.target = target;
    this.#viewer = viewer;
    this.#next = known?.from ?? null;
    this.#most = known?.most;
  }

  /** The link is there, for the first time or again. */
  begin(link: Link): void {
    const { terminal } = this.target;
    if (this.#next === null) this.#anew(link);
    else {
      link.send({ t: 'watch', terminal, snapshot: false });
      void this.#read(link, this.#next);
    }
  }

  onBytes(link: Link | undefined, frame: Bytes): void {
    if (this.#state === 'reading') {
      if (frame.t === 'output') this.#kept.push(frame);
      else this.#missedSnapshot = true;
    } else if (frame.t === 'snapshot') this.#onSnapshot(frame);
    else if (this.#state === 'live') this.#onOutput(link, frame);
  }

  /** Whatever still comes is for nobody. */
  end(): void {
    this.#reading++;
    this.#state = 'waiting';
  }

  #onSnapshot({ offset, cols, rows, data }: Extract<Bytes, { t: 'snapshot' }>): void {
    // Of one that is live everything before it was sent.
    if (this.#state === 'waiting') this.#next = offset;
    this.#state = 'live';
    const { terminal, epoch } = this.target;
    void this.#viewer.push({ t: 'snapshot', terminal, epoch, offset, cols, rows, data });
  }

  #onOutput(link: Link | undefined, frame: Extract<Bytes, { t: 'output' }>): void {
    const size = Buffer.byteLength(frame.data, 'base64');
    const next = this.#next ?? frame.offset;
    const known = next - frame.offset;
    if (known >= size) return;
    if (known < 0 && link) return void this.#read(link, next);
    this.#next = frame.offset + size;
    if (known <= 0) return void this.#output(frame.offset, frame.data);
    void this.#output(next, Buffer.from(frame.data, 'base64').subarray(known).toString('base64'));
  }

  #output(offset: number, data: string): Promise<void> {
    const { terminal, epoch } = this.target;
    return this.#viewer.push({ t: 'output', terminal, epoch, offset, data });
  }

  /** What there is now is all that the viewer gets. */
  #anew(link: Link): void {
    this.#reading++;
    this.#state = 'waiting';
    link.send({ t: 'watch', terminal: this.target.terminal, snapshot: true });
  }

  /** Reads up to the end of the transcript, a page at a time and no faster than the viewer takes them. */
  async #read(link: Link, from: number): Promise<void> {
    const reading = ++this.#reading;
    this.#state = 'reading';
    const { terminal, epoch } = this.target;
    try {
      for (let at = from; ; ) {
        this.#kept = [];
        const command: LinkCommand = {
          do: 'transcript',
          terminal,
          epoch,
          from: at,
          limit: TRANSCRIPT_READ.usual,
        };
        const page = await link.command(command, DEADLINE_MS.transcript);
        if (reading !== this.#reading) return;
        const tooMuch = this.#most !== undefined && page.end - page.from > this.#most;
        if (tooMuch || (this.#most !== undefined && page.from !== at)) return this.#anew(link);
        at = page.to;
        this.#next = page.to;
        if (page.data !== '') await this.#output(page.from, page.data);
        if (reading !== this.#reading) return;
        if (page.to >= page.end) break;
      }
    } catch (error) {
      // The next link begins again.
      if (reading !== this.#reading || link.ended) return;
      if (this.#most !== undefined) return this.#anew(link);
      this.end();
      return this.#fail(error);
    }
    this.#state = 'live';
    for (const frame of this.#kept.splice(0)) this.onBytes(link, frame);
    if (this.#missedSnapshot) link.send({ t: 'watch', terminal, snapshot: true });
    this.#missedSnapshot = false;
  }

  #fail(error: unknown): void {
    const { terminal } = this.target;
    const { code, message } =
      error instanceof CaoError ? error : { code: 'internal', message: 'it could not be read' };
    void this.#viewer.push({ t: 'error', code, message, terminal });
  }
}
