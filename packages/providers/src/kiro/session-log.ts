import { type Json, list, parseLines, text } from '../_shared/json.ts';
import type { SessionLog } from '../contract.ts';

/** Lines of `sessions/cli/<id>.jsonl`: `{version, kind, data: {content: [{kind, data}]}}`, as others describe it. */

const partsOf = (line: Json, kind: string): readonly unknown[] =>
  list(line, 'data.content').filter((part) => text(part, 'kind') === kind);
const textOf = (line: Json): string =>
  partsOf(line, 'text')
    .map((part) => text(part, 'data'))
    .join('\n');

export const log: SessionLog = {
  prompts: (lines) =>
    parseLines(lines)
      .filter((line) => line.kind === 'Prompt')
      .map(textOf),
  lastAnswer(lines) {
    let answer: string | null = null;
    for (const line of parseLines(lines)) {
      if (line.kind === 'Prompt' || line.kind === 'Clear') answer = null;
      // One that calls a tool is not the last of its turn.
      if (line.kind === 'AssistantMessage')
        answer = partsOf(line, 'toolUse').length > 0 ? null : textOf(line);
    }
    return answer;
  },
};
