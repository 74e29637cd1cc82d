import { at, type Json, parseLines, text, textsIn } from '../_shared/json.ts';
import { sessionLog } from '../_shared/session-log.ts';

/** Lines of `<home>/.gemini/tmp/<project>/chats/session-*.jsonl`. */

const textOf = ({ content }: Json): string => text(content) || textsIn(content).join('');

/**
 * What the model said, null for another line. After a cancelled turn the history is written anew, as lines like the first
 * ones, but with content in parts and without tokens: these say nothing new.
 */
export const spoken = (line: Json): string | null =>
  line.type === 'gemini' && typeof line.content === 'string' ? line.content : null;

export const hasCalls = (line: Json): boolean => Array.isArray(line.toolCalls);

/** Of an error: `[API Error: {"error":{"code":401,…}}]`: the frame is the CLI's, what is inside is the service's. */
export const errorOf = (line: Json): string => textOf(line).replace(/^\[API Error: ([\s\S]*)\]$/, '$1');

/** Esc, and a "No" to a tool: it ends the turn, and no hook tells. */
export const isCancelled = (line: Json): boolean =>
  line.type === 'info' && /^Request cancelled/.test(textOf(line));

/** Of all lines those that happened: without the history that is written anew, from its context to its `$set`. */
function* happened(lines: readonly string[]): Iterable<Json> {
  let again = false;
  for (const line of parseLines(lines)) {
    // What the CLI says of the folder stands in front of the first message.
    if (line.type === 'user' && textOf(line).startsWith('<session_context>')) again = true;
    if (!again) yield line;
    if (at(line, '$set.messages')) again = false;
  }
}

/** A prompt that was taken; results of tools are lines of the user too, and have no text. */
const promptOf = (line: Json): string | null => (line.type === 'user' ? textOf(line) || null : null);

export const log = sessionLog({
  linesOf: happened,
  promptOf,
  answerAfter(line, answer) {
    if (promptOf(line) !== null || line.type === 'error' || isCancelled(line)) return null;
    const said = spoken(line);
    if (said === null) return answer;
    // A line with calls follows the same one without them, and is not the end.
    return hasCalls(line) ? null : said || answer;
  },
});
