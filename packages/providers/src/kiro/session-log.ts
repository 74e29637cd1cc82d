import type { SessionLog } from '../contract.ts';

interface Part {
  readonly kind?: string;
  readonly data?: unknown;
}

/** A line of `sessions/cli/<id>.jsonl`: `{version, kind, data: {content: [{kind, data}]}}`, as others describe it. */
interface Line {
  readonly kind?: string;
  readonly data?: { readonly content?: readonly Part[] };
}

function parseLine(text: string): Line {
  try {
    return (JSON.parse(text) as Line | null) ?? {};
  } catch {
    // The last line may be half written.
    return {};
  }
}

const partsOf = (line: Line): readonly Part[] => (Array.isArray(line.data?.content) ? line.data.content : []);
const textOf = (line: Line): string =>
  partsOf(line)
    .flatMap(({ kind, data }) => (kind === 'text' && typeof data === 'string' ? [data] : []))
    .join('\n');

export const log: SessionLog = {
  prompts: (lines) => lines.map(parseLine).flatMap((line) => (line.kind === 'Prompt' ? [textOf(line)] : [])),
  lastAnswer(lines) {
    let answer: string | null = null;
    for (const line of lines.map(parseLine)) {
      if (line.kind === 'Prompt' || line.kind === 'Clear') answer = null;
      // One that calls a tool is not the last of its turn.
      if (line.kind === 'AssistantMessage')
        answer = partsOf(line).some(({ kind }) => kind === 'toolUse') ? null : textOf(line);
    }
    return answer;
  },
};
