import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { AgentEvent } from '@cao/contracts';
import { newUuid } from '@cao/runtime';

export interface SpooledEvent {
  readonly n: number;
  readonly at: string;
  readonly event: AgentEvent;
}

/**
 * What this host has to tell, numbered, on disk until the api has committed it. Written with one append before
 * anybody acts on it; it survives a killed process (a lost machine loses its panes as well, so nothing is fsynced).
 */
export interface Spool {
  readonly id: string;
  last(): number;
  append(event: AgentEvent): SpooledEvent;
  /** The first `most` events after `n`, in order. */
  after(n: number, most: number): readonly SpooledEvent[];
  ack(n: number): void;
}

/** A smaller file is not worth rewriting. Units: bytes. */
const COMPACT_BYTES = 256 * 1024;

interface Header {
  readonly spool: string;
  readonly base: number;
}

export function openSpool(stateDir: string): Spool {
  const file = join(stateDir, 'spool.jsonl');
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) writeHeader(file, { spool: newUuid(), base: 0 });
  const { header, events, torn } = read(file);
  if (torn) writeAll(file, header, events);
  let inFile = events;
  /** How many of them, from the front, are acked. */
  let acked = 0;
  let last = events.at(-1)?.n ?? header.base;

  return {
    id: header.spool,
    last: () => last,
    append(event) {
      const spooled = { n: last + 1, at: new Date().toISOString(), event };
      appendFileSync(file, `${JSON.stringify(spooled)}\n`);
      last = spooled.n;
      inFile.push(spooled);
      return spooled;
    },
    after(n, most) {
      const start = Math.max(0, n + 1 - (inFile[0]?.n ?? 0)); // numbered without a hole
      return inFile.slice(start, start + most);
    },
    ack(n) {
      while (acked < inFile.length && inFile[acked]!.n <= n) acked++;
      // Only when that halves it at least: many acks while much is open would copy it each time.
      if (acked < inFile.length - acked || statSync(file).size <= COMPACT_BYTES) return;
      inFile = inFile.slice(acked);
      acked = 0;
      writeAll(file, { spool: header.spool, base: last }, inFile);
    },
  };
}

function read(file: string): { header: Header; events: SpooledEvent[]; torn: boolean } {
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n');
  // Only the last line can be torn: a process died while appending it, and nobody has acted on it.
  const torn = lines.pop() !== '';
  const [first, ...rest] = lines;
  return {
    header: JSON.parse(first!) as Header,
    events: rest.map((line) => JSON.parse(line) as SpooledEvent),
    torn,
  };
}

const writeHeader = (file: string, header: Header) => writeAll(file, header, []);

function writeAll(file: string, header: Header, events: readonly SpooledEvent[]): void {
  const draft = `${file}.new`;
  writeFileSync(draft, [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join(''), {
    mode: 0o600,
  });
  renameSync(draft, file);
}
