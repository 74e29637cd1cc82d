import { createInterface } from 'node:readline/promises';
import { stripVTControlCharacters, styleText } from 'node:util';

export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

/**
 * The only place that knows the console. Data goes to stdout; progress, notes and questions to stderr, so that a
 * pipe gets the answer and nothing else.
 */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** A person sits at both ends. */
  readonly interactive: boolean;
  /** Columns of stdout; Infinity when it is no terminal. */
  readonly width: number;
  out(line: string): void;
  /** As they are. Resolves once there is room for more: what is read faster than it is written would fill the memory. */
  bytes(data: Uint8Array): Promise<void>;
  json(value: unknown): void;
  /** One line, for streams of them. */
  jsonLine(value: unknown): void;
  note(line: string): void;
  paint(paint: Paint, text: string): string;
  paintNote(paint: Paint, text: string): string;
  /** One line from a person. Never called when not interactive. */
  ask(question: string): Promise<string>;
  /** All of stdin; for `-`. */
  readStdin(): Promise<string>;
  /** Resolves when everything written has left this process. */
  flush(): Promise<void>;
}

export function processIo(options: { colour: boolean }): Io {
  const { stdin, stdout, stderr } = process;
  // Whoever reads us may leave early (`cao … | head`); that is no error of ours.
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const painter = (stream: NodeJS.WriteStream) => (paint: Paint, text: string) =>
    options.colour && stream.isTTY ? styleText(paint, text, { validateStream: false }) : text;
  const write = (stream: NodeJS.WriteStream, line: string) =>
    stream.write(`${stream.isTTY ? line : stripVTControlCharacters(line)}\n`);
  const drained = (stream: NodeJS.WriteStream) =>
    new Promise<void>((resolve) => {
      if (stream.writableLength === 0) resolve();
      else stream.write('', () => resolve());
    });
  return {
    stdin,
    stdout,
    interactive: Boolean(stdin.isTTY && stdout.isTTY),
    width: stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY,
    out: (line) => void write(stdout, line),
    bytes: (data) =>
      new Promise((resolve) => {
        if (stdout.write(data)) resolve();
        else stdout.once('drain', resolve);
      }),
    json: (value) => void stdout.write(`${JSON.stringify(value, null, 2)}\n`),
    jsonLine: (value) => void stdout.write(`${JSON.stringify(value)}\n`),
    note: (line) => void write(stderr, line),
    paint: painter(stdout),
    paintNote: painter(stderr),
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return (await lines.question(question)).trim();
      } finally {
        lines.close();
      }
    },
    async readStdin() {
      const chunks: Buffer[] = [];
      for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array));
      return Buffer.concat(chunks).toString('utf8');
    },
    async flush() {
      await Promise.all([drained(stdout), drained(stderr)]);
    },
  };
}
