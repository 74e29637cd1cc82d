import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { PaneRef, TerminalServer } from '@cao/terminal';

/** What a pane wrote between two lives of the worker-agent. */
export interface Between {
  readonly bytes: Buffer;
  /** tmux's counts: up to the first one all that we heard is in `bytes` too; behind the second one nothing is. */
  readonly flushed: number;
  readonly ended: number;
  /** There was more than is kept. */
  readonly cut: boolean;
}

/** More than this between two lives is not kept. Units: bytes. */
const MOST_BYTES = 64 * 1024 * 1024;
/** The program that writes it down ends at once when tmux closes its input. Units: ms. */
const END_MS = 5_000;
const LOOK_MS = 10;

const filesOf = (dir: string) => ({
  /** Written by tmux, and complete under the second name. */
  part: join(dir, 'between.part'),
  bytes: join(dir, 'between'),
  /** Where the transcript ended: whoever takes it back must have all of it up to there. */
  mark: join(dir, 'between.end'),
});

const sh = (path: string): string => `'${path.replaceAll("'", `'\\''`)}'`;

/** While one worker-agent makes room for the next, tmux itself writes down what a pane writes. @returns tmux's count at its beginning */
export async function giveAway(tmux: TerminalServer, ref: PaneRef, dir: string): Promise<number> {
  const { part, bytes } = filesOf(dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await Promise.all([part, bytes].map((file) => rm(file, { force: true })));
  return tmux.pipe(ref, `umask 077; head -c ${MOST_BYTES} > ${sh(part)} && mv ${sh(part)} ${sh(bytes)}`);
}

/** The transcript is on the disk up to `end`, which is where `giveAway` began. */
export const markGivenAway = (dir: string, end: number): void =>
  writeFileSync(filesOf(dir).mark, String(end), { mode: 0o600 });

/** Whether a transcript that ends there was given away; asked once. */
export function wasGivenAway(dir: string, end: number): boolean {
  const { mark } = filesOf(dir);
  let marked = '';
  try {
    marked = readFileSync(mark, 'utf8');
    rmSync(mark);
  } catch {
    return false;
  }
  return marked !== '' && Number(marked) === end;
}

/** @throws when what was written cannot be had */
export async function takeBack(tmux: TerminalServer, ref: PaneRef, dir: string): Promise<Between> {
  const { flushed, ended } = await tmux.unpipe(ref);
  const file = filesOf(dir).bytes;
  for (const end = performance.now() + END_MS; ; await pause(LOOK_MS)) {
    const bytes = await readFile(file).catch(() => null);
    if (bytes) {
      await rm(file, { force: true });
      return { bytes, flushed, ended, cut: bytes.length >= MOST_BYTES };
    }
    if (performance.now() > end) throw new Error('what tmux wrote down meanwhile is not there');
  }
}

/** Output as it was told, with tmux's count at its end. */
export interface Heard {
  readonly bytes: Buffer;
  readonly tmuxEnd: number;
}

/**
 * Where `between` ends in what was heard meanwhile: nearly always at `flushed`, which is `ended` then; else at the last place
 * before which both say the same.
 * @returns that count of tmux
 * @throws when they do not fit together
 */
export function seam({ bytes, flushed, ended }: Between, heard: readonly Heard[]): number {
  const [first] = heard;
  const start = first ? first.tmuxEnd - first.bytes.length : ended;
  const said = Buffer.concat(heard.map((one) => one.bytes));
  for (let at = ended; at >= flushed; at--) {
    const tail = said.subarray(0, Math.max(0, at - start));
    // More was heard than tmux wrote down: it was being heard before, and that is compared as far as it goes.
    const both = Math.min(tail.length, bytes.length);
    if (tail.subarray(tail.length - both).equals(bytes.subarray(bytes.length - both))) return at;
  }
  throw new Error('what tmux wrote down and what was heard do not fit together');
}
