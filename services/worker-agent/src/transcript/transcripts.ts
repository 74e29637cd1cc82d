import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CaoError, type LinkCommand, type TranscriptPage } from '@cao/contracts';
import type { Logger } from '@cao/runtime';
import type { PaneRef, TerminalServer } from '@cao/terminal';
import type { TerminalRecord } from '../session/record.ts';
import type { StateFiles } from '../state/files.ts';
import { giveAway, markGivenAway, takeBack, wasGivenAway } from './hand-over.ts';
import { closedAt, openNotes } from './notes.ts';
import { readPage } from './page.ts';
import { collect, type Keep } from './retention.ts';
import { secretsOf } from './secrets.ts';
import { openSegments } from './segments.ts';
import { Transcript } from './transcript.ts';

/** How often old transcripts are looked for. Units: ms. */
const COLLECT_EVERY_MS = 60 * 60 * 1000;

/** What all terminals of this host wrote, and write. */
export interface Transcripts {
  /** Panes that are born from here on may speak before they are known. @returns the function that ends it. */
  expectBirth(): () => void;
  /** @param adopted the pane lived before this process knew of it. */
  open(ref: PaneRef, record: TerminalRecord, adopted: boolean): Transcript;
  /** The pane is no more; what it wrote is kept for a while. */
  close(ref: PaneRef): void;
  /** @throws CaoError gone when nothing of that terminal is kept. */
  read(command: Extract<LinkCommand, { do: 'transcript' }>): Promise<TranscriptPage>;
  /** Everything that is open is known: what else lies there is over. */
  settle(): void;
  /** The next worker-agent is to miss nothing: until then tmux writes down what the panes write. */
  giveAway(): Promise<void>;
  stop(): Promise<void>;
}

interface TranscriptsOptions {
  readonly tmux: TerminalServer;
  readonly files: StateFiles;
  readonly log: Logger;
  /** Secrets of the host itself. */
  readonly secrets: readonly string[];
  readonly keep: Keep;
}

const keyOf = (id: string, epoch: number): string => `${id}-${epoch}`;

export function makeTranscripts({ tmux, files, log, secrets, keep }: TranscriptsOptions): Transcripts {
  const root = join(files.dir, 'transcripts');
  const dirOf = (key: string) => join(root, key);
  const byPane = new Map<
    string,
    { readonly key: string; readonly ref: PaneRef; readonly transcript: Transcript }
  >();
  const open = new Map<string, Transcript>();
  const closing = new Map<string, Promise<void>>();
  /** What panes said that nobody knows yet, while some are being born. */
  const early = new Map<string, { bytes: Buffer; end: number }[]>();
  let births = 0;
  let timer: NodeJS.Timeout | undefined;
  let collecting = Promise.resolve();

  const collectSoon = () => {
    collecting = collecting
      .then(() => collect(root, new Set([...open.keys(), ...closing.keys()]), keep))
      .catch((error) => log.error({ err: error }, 'old transcripts could not be removed'));
  };
  const unsubscribe = [
    tmux.on('output', (pane, output, end) => {
      const bytes = Buffer.from(output.buffer, output.byteOffset, output.byteLength);
      const known = byPane.get(pane);
      if (known) known.transcript.output(bytes, end);
      else if (births > 0) {
        const said = early.get(pane) ?? [];
        early.set(pane, said);
        said.push({ bytes, end });
      }
    }),
    tmux.on('resync', (pane) =>
      byPane
        .get(pane)
        ?.transcript.missed('the pane wrote faster than it could be read, or tmux was connected to anew'),
    ),
  ];

  return {
    expectBirth() {
      births++;
      return () => {
        if (--births === 0) early.clear();
      };
    },
    open(ref, record, adopted) {
      const key = keyOf(ref.id, ref.epoch);
      const dir = dirOf(key);
      const resumes = adopted && wasGivenAway(dir, openSegments(dir).end);
      const transcript = new Transcript({
        dir,
        files,
        secrets: secretsOf(record, secrets),
        log,
        shoot: (history) => tmux.snapshot(ref, { history }),
        adopted,
        takeBack: resumes ? () => takeBack(tmux, ref, dir) : undefined,
      });
      open.set(key, transcript);
      byPane.set(ref.pane, { key, ref, transcript });
      for (const { bytes, end } of early.get(ref.pane) ?? []) transcript.output(bytes, end);
      early.delete(ref.pane);
      return transcript;
    },
    close(ref) {
      const key = keyOf(ref.id, ref.epoch);
      const transcript = open.get(key);
      if (!transcript) return;
      open.delete(key);
      if (byPane.get(ref.pane)?.key === key) byPane.delete(ref.pane);
      const closed = transcript
        .stop(true)
        .catch((error) => log.error({ err: error, terminal: ref.id }, 'a transcript could not be closed'))
        .finally(() => {
          closing.delete(key);
          collectSoon();
        });
      closing.set(key, closed);
    },
    async read({ terminal, epoch, from, limit }) {
      const key = keyOf(terminal, epoch);
      const known = open.get(key);
      if (known) return known.read(from, limit);
      await closing.get(key);
      const dir = dirOf(key);
      if (!existsSync(dir))
        throw new CaoError(
          'gone',
          `the output of terminal ${terminal} is not kept on its host (any more): it goes ${keep.days} days after the end of the terminal, or sooner when there is much of it`,
        );
      const segments = openSegments(dir);
      const gaps = openNotes(dir, files).gaps();
      const end = Math.max(segments.end, gaps.at(-1)?.to ?? 0);
      return readPage(segments, { gaps, end, closed: closedAt(dir) !== null, from, limit });
    },
    settle() {
      collectSoon();
      timer = setInterval(collectSoon, COLLECT_EVERY_MS);
    },
    async giveAway() {
      await Promise.all(
        [...byPane.values()].map(async ({ key, ref, transcript }) => {
          try {
            const end = await transcript.giveAway(() => giveAway(tmux, ref, dirOf(key)));
            if (end !== null) markGivenAway(dirOf(key), end);
          } catch (error) {
            log.warn({ err: error, terminal: ref.id }, 'what this pane writes meanwhile will be a gap');
          }
        }),
      );
    },
    async stop() {
      clearInterval(timer);
      for (const end of unsubscribe) end();
      await Promise.all([
        ...[...open.values()].map((transcript) => transcript.stop(false)),
        ...closing.values(),
      ]);
      await collecting;
    },
  };
}
