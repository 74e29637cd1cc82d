import type { SessionLog } from '../contract.ts';

interface Part {
  readonly type?: string;
  readonly text?: string;
}

/** One line of `agents/main/wire.jsonl`, as far as it is read here; 2.1.0 writes protocol 1.5. */
export interface Line {
  readonly type?: string;
  readonly agentId?: string;
  readonly turnId?: number;
  readonly reason?: string;
  readonly error?: { readonly code?: string; readonly message?: string };
  readonly origin?: { readonly kind?: string };
  readonly input?: readonly Part[];
  readonly model?: string;
  readonly usage?: Readonly<Record<string, number>>;
  readonly event?: { readonly type?: string; readonly part?: Part };
}

export function parseLine(text: string): Line | null {
  try {
    const line = JSON.parse(text) as Line | null;
    return line !== null && typeof line === 'object' ? line : null;
  } catch {
    // The last line may be half written.
    return null;
  }
}

export const textOf = (parts: unknown): string =>
  Array.isArray(parts)
    ? (parts as readonly Part[]).flatMap((part) => (part.type === 'text' ? [part.text ?? ''] : [])).join('\n')
    : '';

/** A prompt of a turn; those that the CLI writes itself (a schedule, work in the background that ended) are not sent by anybody. */
const promptOf = (line: Line): string | null =>
  line.type === 'turn.prompt' && (line.origin?.kind ?? 'user') === 'user' ? textOf(line.input) : null;

export const log: SessionLog = {
  prompts: (lines) => lines.flatMap((text) => promptOf(parseLine(text) ?? {}) ?? []),
  /** The text of the last step: what came before a tool call is talk on the way. */
  lastAnswer(lines) {
    let step: string[] = [];
    let answer: string | null = null;
    for (const text of lines) {
      const line = parseLine(text);
      if (line?.type === 'turn.prompt') answer = null;
      if (line?.type === 'turn.ended') answer = line.reason === 'completed' ? step.join('') : null;
      if (line?.type !== 'context.append_loop_event') continue;
      if (line.event?.type === 'step.begin') step = [];
      if (line.event?.type === 'content.part' && line.event.part?.type === 'text')
        step.push(line.event.part.text ?? '');
    }
    return answer;
  },
};
