import type { TranscriptGap, TranscriptPage } from '@cao/contracts';
import type { Logger } from '@cao/runtime';
import type { Snapshot } from '@cao/terminal';
import type { StateFiles } from '../state/files.ts';
import { type Between, type Heard, seam } from './hand-over.ts';
import { markClosed, openNotes } from './notes.ts';
import { readPage } from './page.ts';
import { redactStream, redactText, type TextRedactor } from './redact.ts';
import { openSegments, type SegmentSizes } from './segments.ts';

/** Bytes are written this long after they came, or when so many wait. */
const WRITE = { afterMs: 80, bytes: 64 * 1024 } as const;
/** A disk that is this far behind loses the newest bytes of its file. Units: bytes. */
const MOST_WAITING_BYTES = 4 * 1024 * 1024;
/** Lines above the screen that are redrawn after bytes were missed; tmux keeps 5,000. */
const REDRAWN_LINES = 2_000;
/**
 * Each life of the worker-agent counts from a multiple of this on: people may have seen bytes that a killed process had
 * not written, and their offsets must not be given to others. Units: bytes.
 */
const LIFE_STEP = 2 ** 30;

export interface TranscriptOptions {
  readonly dir: string;
  readonly files: StateFiles;
  readonly secrets: readonly string[];
  readonly log: Logger;
  /** The pane as it is; its offset is tmux's count. */
  readonly shoot: (history: number) => Promise<Snapshot>;
  /** The pane lived before this process followed it. */
  readonly adopted: boolean;
  /** It lived, and tmux has written down all that was not followed. */
  readonly takeBack?: (() => Promise<Between>) | undefined;
  readonly sizes?: SegmentSizes;
}

interface Run {
  readonly offset: number;
  readonly chunks: Buffer[];
  size: number;
}

/**
 * Every byte that one pane writes, in its order, redacted: first to those who look, a moment later to the disk. What it
 * could not hear or write down is a gap, and it says so.
 *
 *   tmux ──▶ redactor ──▶ followers
 *                └──────▶ waiting ──▶ segments          a failed write, or too much waiting ──▶ gap
 */
export class Transcript {
  readonly redact: TextRedactor;
  readonly #options: TranscriptOptions;
  readonly #segments;
  readonly #notes;
  readonly #stream;
  readonly #followers = new Set<(bytes: Buffer, offset: number) => void>();
  /** All that came, and of it what the redactor let go. */
  #received: number;
  #emitted: number;
  /** tmux's count at `#received`. */
  #tmuxEnd = 0;
  /** Output that comes while the pane is being redrawn, in its place in tmux's count. */
  #held: Heard[] | null = null;
  #lostAgain: string | null = null;
  /** Others write down what comes from here on. */
  #givenAway = false;
  #redrawing: Promise<void> = Promise.resolve();
  #redraws = 0;
  #waiting: Run[] = [];
  #waitingBytes = 0;
  /** Bytes of the write that is under way. */
  #batchBytes = 0;
  #batch: Promise<void> | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** Bytes that were lost and are not noted yet. */
  #lost: { readonly from: number; readonly to: number; readonly why: string } | null = null;

  constructor(options: TranscriptOptions) {
    this.#options = options;
    this.redact = redactText(options.secrets);
    this.#stream = redactStream(options.secrets);
    this.#segments = openSegments(options.dir, options.sizes);
    this.#notes = openNotes(options.dir, options.files);
    const end = Math.max(this.#segments.end, this.#notes.gaps().at(-1)?.to ?? 0);
    this.#received = end;
    this.#emitted = end;
    if (options.adopted && options.takeBack) this.#resume(options.takeBack);
    else if (options.adopted) this.#beginAnew();
  }

  /** @param tmuxEnd tmux's count of this pane's bytes with these. */
  output(bytes: Buffer, tmuxEnd: number): void {
    if (this.#givenAway) return;
    if (this.#held) this.#held.push({ bytes, tmuxEnd });
    else this.#take(bytes, tmuxEnd);
  }

  /** Output was lost, nobody knows how much: the pane is redrawn here, so that what follows stands on the right screen. */
  missed(why: string): void {
    if (this.#held) this.#lostAgain = why;
    else this.#redraw(this.#received, why);
  }

  /** @returns the function that ends it. Each chunk begins where the one before ended. */
  follow(follower: (bytes: Buffer, offset: number) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  /** The pane as it is, redacted; `offset` is that of this transcript. */
  async snapshot(history: number): Promise<Snapshot> {
    for (;;) {
      while (this.#held) await this.#redrawing;
      const redraws = this.#redraws;
      const shot = await this.#options.shoot(history);
      // Redrawn meanwhile: tmux's count does not lead to ours over that.
      if (this.#held || redraws !== this.#redraws) continue;
      const offset = this.#received - Math.max(0, this.#tmuxEnd - shot.offset);
      return { ...shot, ansi: this.redact(shot.ansi), offset };
    }
  }

  async read(from: number | undefined, limit: number): Promise<TranscriptPage> {
    while (this.#held) await this.#redrawing;
    await this.#flush();
    const gaps = [...this.#notes.gaps(), ...(this.#lost ? [gapOf(this.#lost)] : [])];
    return readPage(this.#segments, { gaps, end: this.#emitted, closed: false, from, limit });
  }

  /**
   * From the count of tmux that `begin` returns on others write down what the pane writes, and this follows it no more.
   * @returns the offset there, up to which all is on the disk; null when something is not.
   */
  async giveAway(begin: () => Promise<number>): Promise<number | null> {
    while (this.#held) await this.#redrawing;
    this.#held = [];
    const from = await begin().catch((error: unknown) => {
      this.#release(Number.POSITIVE_INFINITY);
      throw error;
    });
    this.#release(from);
    this.#givenAway = true;
    this.#emit(this.#stream.end());
    await this.#flush();
    return this.#lost ? null : this.#emitted;
  }

  /** Nothing more is written here by this process. @param ended the pane is no more. */
  async stop(ended: boolean): Promise<void> {
    while (this.#held) await this.#redrawing;
    this.#emit(this.#stream.end());
    await this.#flush();
    this.#noteLost();
    await this.#segments.close();
    if (ended) markClosed(this.#options.dir);
  }

  #take(bytes: Buffer, tmuxEnd: number): void {
    this.#received += bytes.length;
    this.#tmuxEnd = tmuxEnd;
    this.#emit(this.#stream.feed(bytes));
  }

  #emit(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const offset = this.#emitted;
    this.#emitted += bytes.length;
    this.#keep(bytes, offset);
    for (const follower of this.#followers) follower(bytes, offset);
  }

  #keep(bytes: Buffer, offset: number): void {
    if (this.#waitingBytes + this.#batchBytes + bytes.length > MOST_WAITING_BYTES) {
      this.#lose(offset, offset + bytes.length, 'the disk of the host was too slow');
      return;
    }
    const last = this.#waiting.at(-1);
    if (last && last.offset + last.size === offset) {
      last.chunks.push(bytes);
      last.size += bytes.length;
    } else this.#waiting.push({ offset, chunks: [bytes], size: bytes.length });
    this.#waitingBytes += bytes.length;
    this.#writeSoon();
  }

  #writeSoon(): void {
    if (this.#waitingBytes >= WRITE.bytes) this.#writeNow();
    else if (this.#waitingBytes > 0) this.#timer ??= setTimeout(() => this.#writeNow(), WRITE.afterMs);
  }

  /** One write at a time; what comes meanwhile goes into the next. */
  #writeNow(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#batch || this.#waitingBytes === 0) return;
    this.#batchBytes = this.#waitingBytes;
    this.#waitingBytes = 0;
    this.#batch = this.#write(this.#waiting.splice(0)).then(() => {
      this.#batch = null;
      this.#batchBytes = 0;
      this.#writeSoon();
    });
  }

  /** @returns when all that came until now is on the disk, or lost. */
  async #flush(): Promise<void> {
    await this.#batch;
    this.#writeNow();
    await this.#batch;
  }

  async #write(runs: readonly Run[]): Promise<void> {
    for (const { offset, chunks, size } of runs) {
      try {
        await this.#segments.write(offset, Buffer.concat(chunks));
        if (this.#lost && this.#lost.to <= offset) this.#noteLost();
      } catch (error) {
        if (!this.#lost)
          this.#options.log.error({ err: error, dir: this.#options.dir }, 'output could not be written down');
        const reason = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
        const written = Math.max(offset, this.#segments.end);
        this.#lose(written, offset + size, `the host could not write it: ${reason}`);
      }
    }
  }

  #lose(from: number, to: number, why: string): void {
    const known = this.#lost;
    if (known && from <= known.to && to >= known.from)
      this.#lost = { from: Math.min(from, known.from), to: Math.max(to, known.to), why };
    else {
      this.#noteLost();
      this.#lost = { from, to, why };
    }
  }

  #noteLost(): void {
    if (this.#lost) this.#notes.addGap(gapOf(this.#lost));
    this.#lost = null;
  }

  /** Takes what was held up to that count of tmux, and drops the rest. */
  #release(until: number): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const { bytes, tmuxEnd } of held) if (tmuxEnd <= until) this.#take(bytes, tmuxEnd);
  }

  /** Nobody wrote down what the pane wrote meanwhile. */
  #beginAnew(): void {
    const end = this.#emitted;
    this.#received = (Math.floor(end / LIFE_STEP) + 1) * LIFE_STEP;
    this.#emitted = this.#received;
    this.#redraw(end, `the worker-agent was away since ${this.#segments.writtenAt() ?? 'its birth'}`);
  }

  /** Goes on where the one before ended. */
  #resume(takeBack: () => Promise<Between>): void {
    this.#held = [];
    const finish = (between: Between) => {
      const held = this.#held ?? [];
      const at = seam(between, held);
      this.#held = null;
      this.#take(between.bytes, at);
      for (const { bytes, tmuxEnd } of held)
        if (tmuxEnd > at) this.#take(bytes.subarray(Math.max(0, bytes.length - (tmuxEnd - at))), tmuxEnd);
      const again = between.cut ? 'the pane wrote too much while the worker-agent was away' : this.#lostAgain;
      this.#lostAgain = null;
      if (again !== null) this.#redraw(this.#received, again);
    };
    this.#redrawing = takeBack()
      .then(finish)
      .catch((error: unknown) => {
        this.#options.log.warn(
          { err: error, dir: this.#options.dir },
          'output between two lives is not known',
        );
        this.#beginAnew();
      });
  }

  #redraw(from: number, why: string): void {
    this.#emit(this.#stream.end());
    this.#held = [];
    const to = this.#received;
    const at = new Date().toISOString();
    const finish = (shot: Snapshot | null) => {
      const held = this.#held ?? [];
      this.#held = null;
      const before = shot ? held.filter(({ tmuxEnd }) => tmuxEnd <= shot.offset) : held;
      for (const { bytes, tmuxEnd } of before) this.#take(bytes, tmuxEnd);
      this.#emit(this.#stream.end());
      const drawn = Buffer.from(shot ? this.redact(shot.ansi) : '');
      const redrawn = { from: this.#received, to: this.#received + drawn.length };
      this.#notes.addGap({ from, to, at, why, redrawn: drawn.length > 0 ? redrawn : null });
      this.#redraws++;
      this.#received += drawn.length;
      this.#tmuxEnd = shot?.offset ?? this.#tmuxEnd;
      this.#emit(drawn);
      for (const { bytes, tmuxEnd } of held.slice(before.length)) this.#take(bytes, tmuxEnd);
      const again = this.#lostAgain;
      this.#lostAgain = null;
      if (again !== null) this.#redraw(this.#received, again);
    };
    this.#redrawing = this.#options.shoot(REDRAWN_LINES).then(finish, () => finish(null)); // the pane just went
  }
}

const gapOf = (lost: {
  readonly from: number;
  readonly to: number;
  readonly why: string;
}): TranscriptGap => ({
  ...lost,
  at: new Date().toISOString(),
  redrawn: null,
});
