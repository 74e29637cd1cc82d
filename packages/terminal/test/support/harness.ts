import { join } from 'node:path';
import type { PaneRef, TerminalServer } from '@cao/terminal';
import { next } from './events.ts';
import { program, read, until } from './files.ts';

/** One host, and what a person on it may do behind our back. */
export interface Harness {
  readonly dir: string;
  /** Another server object for the same host, as after a restart of the process. */
  open(): TerminalServer;
  copyMode(pane: PaneRef, on: boolean): void;
  inputOff(pane: PaneRef, off: boolean): void;
  killSession(session: string): void;
  /** Ends every pane. */
  dispose(): Promise<void>;
}

export interface Recorder {
  readonly pane: PaneRef;
  readonly file: string;
  received(): Buffer;
  /** Resolves when all of `bytes` was received, and nothing else. */
  receives(bytes: string | Buffer): Promise<void>;
}

export const SESSION = 'cao-test';
export const bracketed = (text: string): string => `\u001b[200~${text.replaceAll('\n', '\r')}\u001b[201~`;

let births = 0;
export const newId = (): string => `a${(++births).toString(16).padStart(7, '0')}`;

export async function startRecorder(
  harness: Harness,
  server: TerminalServer,
  options: { readonly id?: string; readonly epoch?: number; readonly paste?: boolean } = {},
): Promise<Recorder> {
  const { id = newId(), epoch = 1, paste = true } = options;
  const file = join(harness.dir, `${id}-${epoch}.bytes`);
  const ready = paste ? next(server, 'bracketed', (event) => event.id === id && event.on) : undefined;
  const argv = [process.execPath, program('recorder.mjs'), file, ...(paste ? [] : ['no-paste'])];
  const pane = await server.birth({ session: SESSION, id, epoch, argv });
  await ready;
  await until('the recorder started', () => read(`${file}.start`).length > 0);
  return {
    pane,
    file,
    received: () => read(file),
    async receives(bytes) {
      const wanted = Buffer.from(bytes as string);
      await until(
        `it received ${wanted.length} bytes, ${read(file).length} so far`,
        () => read(file).length >= wanted.length,
      );
      const got = read(file);
      if (!got.equals(wanted)) {
        throw new Error(
          `it received ${JSON.stringify(got.toString().slice(0, 400))}, not ${JSON.stringify(wanted.toString().slice(0, 400))}`,
        );
      }
    },
  };
}
