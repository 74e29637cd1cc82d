import { at, type Json, list, parseLines, text } from '../_shared/json.ts';
import type { SessionLog } from '../contract.ts';

/** Lines of `<home>/.gemini/tmp/<project>/chats/session-*.jsonl`. */

/** In front of the first message stands what the CLI says of the folder. */
const CONTEXT = '<session_context>';

const textOf = (line: Json): string =>
  text(line, 'content') ||
  list(line, 'content')
    .map((part) => text(part, 'text'))
    .join('');

/**
 * What the model said, null for another line. After a cancelled turn the history is written anew, as lines like the first
 * ones, but with content in parts and without tokens: these say nothing new.
 */
export const spoken = (line: Json): string | null =>
  line.type === 'gemini' && typeof line.content === 'string' ? line.content : null;

export const hasCalls = (line: Json): boolean => Array.isArray(line.toolCalls);

/** `[API Error: {"error":{"code":401,…}}]`: the frame is the CLI's, what is inside is the service's. */
export const errorOf = (line: Json): string | null =>
  line.type === 'error' ? textOf(line).replace(/^\[API Error: ([\s\S]*)\]$/, '$1') : null;

/** Esc, and a "No" to a tool: it ends the turn, and no hook tells. */
export const isCancelled = (line: Json): boolean =>
  line.type === 'info' && /^Request cancelled/.test(textOf(line));

/** Of all lines those that happened: without the history that is written anew, from its context to its `$set`. */
function* happened(lines: readonly string[]): Iterable<Json> {
  let again = false;
  for (const line of parseLines(lines)) {
    if (line.type === 'user' && textOf(line).startsWith(CONTEXT)) again = true;
    if (!again) yield line;
    if (at(line, '$set.messages')) again = false;
  }
}

/** A prompt that was taken; results of tools are lines of the user too, and have no text. */
const promptOf = (line: Json): string | null => (line.type === 'user' ? textOf(line) || null : null);

export const log: SessionLog = {
  prompts: (lines) => [...happened(lines)].flatMap((line) => promptOf(line) ?? []),
  lastAnswer(lines) {
    let answer: string | null = null;
    for (const line of happened(lines)) {
      const said = spoken(line);
      if (promptOf(line) !== null || errorOf(line) !== null || isCancelled(line)) answer = null;
      // A line with calls follows the same one without them, and is not the end.
      else if (said !== null) answer = hasCalls(line) ? null : said || answer;
    }
    return answer;
  },
};
