import { type Json, list, text } from '../_shared/json.ts';
import { sessionLog } from '../_shared/session-log.ts';

/** Lines of `sessions/cli/<id>.jsonl`: `{version, kind, data: {content: [{kind, data}]}}`, as others describe it. */

const partsOf = (line: Json, kind: string): readonly unknown[] =>
  list(line, 'data.content').filter((part) => text(part, 'kind') === kind);
const textOf = (line: Json): string =>
  partsOf(line, 'text')
    .map((part) => text(part, 'data'))
    .join('\n');

export const log = sessionLog({
  promptOf: (line) => (line.kind === 'Prompt' ? textOf(line) : null),
  answerAfter(line, answer) {
    if (line.kind === 'Prompt' || line.kind === 'Clear') return null;
    if (line.kind !== 'AssistantMessage') return answer;
    // One that calls a tool is not the last of its turn.
    return partsOf(line, 'toolUse').length > 0 ? null : textOf(line);
  },
});
