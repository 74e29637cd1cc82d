import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentEvent } from '@cao/contracts';
import type { Logger } from '@cao/runtime';
import type { Disk } from '../state/disk.ts';
import { openSpoolFile, type WriteSome } from './spool-file.ts';
import { eventLine, headerLine, readSpool, type SpooledEvent } from './spool-lines.ts';

/**
 * What this host has to tell, numbered, until the api has committed it. It goes to the disk before anybody acts on it, and
 * survives a killed process (a lost machine loses its panes as well, so nothing is fsynced). What the disk does not take is
 * kept in memory, in its place; it is sent all the same, since what the api has committed needs no disk.
 *
 * Numbers are given for good at the first ack of a life of this process: an earlier one may have told what it could not write,
 * and only the api knows how far that went. Until then they are what they will be if it did not.
 */
export interface Spool {
  readonly id: string;
  last(): number;
  /** @returns null: memory is short, and this will be told anyway. */
  append(event: AgentEvent): SpooledEvent | null;
  /** The first `most` events after `n`, in order. */
  after(n: number, most: number): readonly SpooledEvent[];
  /** The api has committed all up to `n`. */
  ack(n: number): void;
}

export interface SpoolOptions {
  readonly stateDir: string;
  readonly disk: Disk;
  readonly log: Logger;
  readonly write?: WriteSome;
  /** What may be in memory alone before `REPEATED` are left out. Units: characters. */
  readonly mostUnwritten?: number;
}

/** A smaller file is not worth rewriting. Units: bytes. */
const COMPACT_BYTES = 256 * 1024;
/** One write: a disk that takes nothing is not offered all of it each time. Units: characters. */
const BATCH = 256 * 1024;
/**
 * While the disk takes nothing no message is delivered and nothing is started, so each terminal has the end of its turn to tell
 * and little more: this is reached only where the api is away as well, for long. Units: characters.
 */
const MOST_UNWRITTEN = 64 * 1024 * 1024;
/** The next hello says it again, or somebody counts on. */
const REPEATED: ReadonlySet<AgentEvent['kind']> = new Set(['status', 'usage', 'health', 'token_rejected']);

export function openSpool(options: SpoolOptions): Spool {
  const { stateDir, disk, log, mostUnwritten = MOST_UNWRITTEN } = options;
  const path = join(stateDir, 'spool.jsonl');
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const found = readSpool(existsSync(path) ? readFileSync(path, 'utf8') : '');
  if (found.damage) log.error({ path, damage: found.damage }, 'the spool of this host was not whole');
  const file = openSpoolFile(path, found.size, options.write);

  /** The last number that some life of this process may have told. */
  const told = found.numbered.at(-1)?.n ?? found.header.base;
  const provisional = found.unnumbered.map((event, at) => ({ ...event, n: told + 1 + at }));
  let events: SpooledEvent[] = [...found.numbered, ...provisional];
  let last = told + provisional.length;
  let numbered = false;
  /** How many of the events, from the front, are acked. */
  let acked = 0;
  /** Lines that are not in the file yet, and all that they take. */
  let unwritten: { readonly n: number; readonly line: string }[] = [];
  let unwrittenSize = 0;
  /** Lines that are in the file are not what they should be. */
  let isStale = found.damage !== null || found.size === 0;

  const lineOf = (event: SpooledEvent) => eventLine(event, numbered || event.n <= told);
  const replace = () => {
    const header = headerLine({ spool: found.header.spool, base: numbered ? last : told });
    file.replace(header + events.slice(acked).map(lineOf).join(''));
    isStale = false;
    unwritten = [];
    unwrittenSize = 0;
  };
  const writeBatch = (): boolean => {
    let [count, size] = [0, 0];
    while (count < unwritten.length && (count === 0 || size < BATCH)) size += unwritten[count++]!.line.length;
    const batch = unwritten.slice(0, count);
    if (!file.append(batch.map(({ line }) => line).join(''))) return false;
    unwritten = unwritten.slice(count);
    unwrittenSize -= size;
    return true;
  };
  /** @throws the file system's error; what was written until then is written */
  const write = () => {
    while (!isStale && unwritten.length > 0) isStale = !writeBatch();
    if (isStale) replace();
  };
  disk.keep({ what: 'events', count: () => unwritten.length, write });

  const add = (event: SpooledEvent) => {
    const line = lineOf(event);
    unwritten.push({ n: event.n, line });
    unwrittenSize += line.length;
  };
  /** From here on numbers are known. What nobody was told of follows what the api has. */
  const number = (n: number) => {
    numbered = true;
    const fresh = events.filter((event) => event.n > told);
    const first = Math.max(told, n) + 1;
    last = first - 1 + fresh.length;
    if (fresh.length === 0) return;
    const renumbered = fresh.map((event, at) => ({ ...event, n: first + at }));
    events = [...(n > told ? [] : events.filter((event) => event.n <= told)), ...renumbered];
    unwritten = [];
    unwrittenSize = 0;
    for (const event of renumbered) add(event);
    isStale = true;
    disk.attempt(write);
  };

  disk.attempt(write);
  return {
    id: found.header.spool,
    last: () => last,
    append(event) {
      if (unwrittenSize > mostUnwritten && REPEATED.has(event.kind)) return null;
      const spooled = { n: last + 1, at: new Date().toISOString(), event };
      last = spooled.n;
      events.push(spooled);
      add(spooled);
      disk.attempt(write);
      return spooled;
    },
    after(n, most) {
      const start = Math.max(0, n + 1 - (events[0]?.n ?? 0)); // numbered without a hole
      return events.slice(start, start + most);
    },
    ack(n) {
      if (!numbered) number(n);
      while (acked < events.length && events[acked]!.n <= n) acked++;
      const written = unwritten.findIndex((line) => line.n > n);
      for (const { line } of unwritten.splice(0, written < 0 ? unwritten.length : written))
        unwrittenSize -= line.length;
      // Only when that halves it at least: many acks while much is open would copy it each time.
      if (acked < events.length - acked) return;
      events = events.slice(acked);
      acked = 0;
      if (file.size() > COMPACT_BYTES && !disk.trouble()) disk.attempt(replace);
    },
  };
}
