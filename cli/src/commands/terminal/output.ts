import { type TranscriptGap, terminalId } from '@cao/contracts';
import { z } from 'zod';
import { type ReadOptions, readTranscript } from '../../calls/transcript.ts';
import { arg, defineCommand, flag, jsonFlag, value } from '../../command.ts';
import type { Context } from '../../context.ts';
import { plain, plainScreen } from '../../render/plain.ts';
import { exactText, gapLine, plainText } from '../../render/transcript.ts';

/** Behind every end: the api answers where that is. */
const THE_END = Number.MAX_SAFE_INTEGER;

export const command = defineCommand({
  path: ['terminal', 'output'],
  summary: 'Print the last answer of a terminal, what it shows, or all that it wrote',
  help: [
    'What a terminal wrote is kept on its host, also for a while after its end (CAO_TRANSCRIPT_DAYS there). It is printed byte',
    'for byte where it goes to a file or another program, and as plain text on a screen; what is missing is told on stderr.',
    'Secrets that CAO gave the terminal are masked.',
  ].join('\n'),
  examples: [
    'cao terminal output TERMINAL',
    'cao terminal output TERMINAL --mode screen',
    'cao terminal output TERMINAL --full --plain',
    'cao terminal output TERMINAL --from 4096 --json',
    'cao terminal output TERMINAL --follow',
  ],
  args: { id: arg('ID', terminalId, 'terminal') },
  options: {
    mode: value(
      'MODE',
      z.enum(['last', 'screen', 'full'], 'must be last, screen or full').default('last'),
      'last: the last answer (default) · screen: what is visible · full: with the history of the screen',
    ),
    full: flag('all that it wrote and its host keeps'),
    from: value(
      'OFFSET',
      z.coerce.number('must be a number of bytes').int().min(0).optional(),
      'the same from this byte on',
    ),
    epoch: value(
      'N',
      z.coerce.number('must be a number').int().min(0).optional(),
      'of an earlier life, if it ran on the same host: each new start of a terminal counts one up',
    ),
    follow: flag('go on until it closes; without --full or --from from now on'),
    plain: flag('with --full, --from or --follow: without escape sequences'),
    json: jsonFlag,
  },
  async run({ id, mode, full, from, epoch, follow, plain: isPlain, json }, context) {
    const { io, client, signal } = context;
    if (full || follow || from !== undefined) {
      const options = { from: from ?? (full ? undefined : THE_END), epoch, follow };
      const text = isPlain || (io.stdout.isTTY && !json) ? plainText() : exactText();
      if (json) return printJson(context, id, options, text);
      for await (const { bytes, gaps } of readTranscript(context, id, options)) {
        for (const gap of gaps) io.note(gapLine(gap));
        await io.bytes(isPlain || io.stdout.isTTY ? Buffer.from(text.feed(bytes)) : bytes);
      }
      return io.bytes(Buffer.from(text.end()));
    }
    const answer = await client.terminals.output({ params: { id }, query: { mode }, signal });
    if (json) return io.json(answer);
    io.out(mode === 'last' ? plain(answer.output).trimEnd() : plainScreen(answer.output));
  },
});

/** One object of all that is kept; followed, one line for each piece as it comes. */
async function printJson(
  context: Context,
  id: string,
  options: ReadOptions,
  text: ReturnType<typeof exactText>,
): Promise<void> {
  const { io } = context;
  const gaps: TranscriptGap[] = [];
  const parts: string[] = [];
  let whole: Record<string, unknown> | undefined;
  for await (const piece of readTranscript(context, id, options)) {
    const { epoch, from, to, kept } = piece;
    const part = text.feed(piece.bytes);
    if (options.follow) {
      io.jsonLine({ terminal: id, epoch, from, to, gaps: piece.gaps, text: part });
      continue;
    }
    gaps.push(...piece.gaps);
    parts.push(part);
    whole = { terminal: id, epoch, from: whole?.from ?? from, to, ...kept };
  }
  if (!options.follow) io.json({ ...whole, gaps, text: parts.join('') + text.end() });
}
