import type { AgentEvent } from '@cao/contracts';
import { newUuid } from '@cao/runtime';

export interface SpooledEvent {
  readonly n: number;
  readonly at: string;
  readonly event: AgentEvent;
}

/** The first line: which spool it is, and the number of the last event when all before were left out. */
export interface SpoolHeader {
  readonly spool: string;
  readonly base: number;
}

/** Of an event that has no number yet: nobody was told of it. */
const UNNUMBERED = 0;

/** How each of them begins; in a string of JSON the quotes would be escaped. */
const BEGIN = '{"n":';

export const headerLine = (header: SpoolHeader): string => `${JSON.stringify(header)}\n`;
export const eventLine = ({ n, at, event }: SpooledEvent, numbered: boolean): string =>
  `${JSON.stringify({ n: numbered ? n : UNNUMBERED, at, event })}\n`;

export interface SpoolContent {
  readonly header: SpoolHeader;
  /** In order, and without a hole. */
  readonly numbered: readonly SpooledEvent[];
  readonly unnumbered: readonly SpooledEvent[];
  /** Of the lines that are whole. Units: bytes. */
  readonly size: number;
  /** What is not as it was written; null when all of it is. */
  readonly damage: string | null;
}

/** As much of a spool as can be read: up to the first line that cannot. A file that is none is a new spool. */
export function readSpool(text: string): SpoolContent {
  const [first = '', ...lines] = text.split('\n');
  const header = parse(first) as SpoolHeader | null;
  if (typeof header?.spool !== 'string' || lines.length === 0)
    return newSpool(text === '' ? null : 'its first line cannot be read, it is begun anew');
  // Torn while it was appended, by a process that died or a disk that was full: nobody has acted on it.
  let damage = lines.pop() === '' ? null : 'its last line is torn, it is left out';
  let size = Buffer.byteLength(first) + 1;
  let numbered: SpooledEvent[] = [];
  const unnumbered: SpooledEvent[] = [];
  for (const [at, line] of lines.entries()) {
    const found = eventOf(line) ?? gluedTo(line);
    const last = numbered.at(-1)?.n ?? 0;
    if (!found || (found.n !== UNNUMBERED && (found.n <= last || unnumbered.length > 0))) {
      damage = `line ${at + 2} cannot be read, ${lines.length - at} lines from there on are left out`;
      break;
    }
    if (!eventOf(line)) damage ??= `line ${at + 2} is glued to a torn one, which is left out`;
    size += Buffer.byteLength(line) + 1;
    if (found.n === UNNUMBERED) unnumbered.push(found);
    // Numbers are missing once they are applied, and with them all before.
    else if (found.n === last + 1) numbered.push(found);
    else numbered = [found];
  }
  return { header, numbered, unnumbered, size, damage };
}

const newSpool = (damage: string | null): SpoolContent => ({
  header: { spool: newUuid(), base: 0 },
  numbered: [],
  unnumbered: [],
  size: 0,
  damage,
});

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function eventOf(text: string): SpooledEvent | null {
  const found = parse(text) as Partial<SpooledEvent> | null;
  return typeof found?.n === 'number' && typeof found.event === 'object' ? (found as SpooledEvent) : null;
}

/** The whole line behind a torn one: an older worker-agent went on in the middle of it. */
function gluedTo(line: string): SpooledEvent | null {
  for (let at = line.indexOf(BEGIN, 1); at > 0; at = line.indexOf(BEGIN, at + 1)) {
    const found = eventOf(line.slice(at));
    if (found) return found;
  }
  return null;
}
