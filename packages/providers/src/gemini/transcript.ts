import type { SessionLog } from '../contract.ts';

/** One line of `<home>/.gemini/tmp/<project>/chats/session-*.jsonl`, as far as it is read here. */
export interface Record {
  readonly id?: string;
  readonly type?: string;
  readonly content?: string | readonly { readonly text?: string }[];
  readonly toolCalls?: readonly unknown[];
  readonly tokens?: Tokens | null;
  readonly model?: string;
  readonly $set?: { readonly messages?: readonly unknown[] };
}
export interface Tokens {
  readonly input?: number;
  readonly output?: number;
  readonly cached?: number;
  readonly thoughts?: number;
}

/** In front of the first message stands what the CLI says of the folder. */
const CONTEXT = '<session_context>';

export function parseLine(text: string): Record | null {
  try {
    const line = JSON.parse(text) as Record | null;
    return line !== null && typeof line === 'object' ? line : null;
  } catch {
    // The last line may be half written.
    return null;
  }
}

function textOf({ content = '' }: Record): string {
  return typeof content === 'string' ? content : content.map((part) => part.text ?? '').join('');
}

/**
 * What the model said, null for another line. After a cancelled turn the history is written anew, as lines like the first
 * ones, but with content in parts and without tokens: these say nothing new.
 */
export const spoken = (line: Record): string | null =>
  line.type === 'gemini' && typeof line.content === 'string' ? line.content : null;

/** `[API Error: {"error":{"code":401,…}}]`: the frame is the CLI's, what is inside is the service's. */
export const errorOf = (line: Record): string | null =>
  line.type === 'error' ? textOf(line).replace(/^\[API Error: ([\s\S]*)\]$/, '$1') : null;

/** Esc, and a "No" to a tool: it ends the turn, and no hook tells. */
export const isCancelled = (line: Record): boolean =>
  line.type === 'info' && /^Request cancelled/.test(textOf(line));

/** Of all lines those that happened: without the history that is written anew, from its context to its `$set`. */
function* happened(lines: readonly string[]): Iterable<Record> {
  let again = false;
  for (const text of lines) {
    const line = parseLine(text);
    if (!line) continue;
    if (line.type === 'user' && textOf(line).startsWith(CONTEXT)) again = true;
    if (!again) yield line;
    if (line.$set?.messages) again = false;
  }
}

/** A prompt that was taken; results of tools are lines of the user too, and have no text. */
const promptOf = (line: Record): string | null => (line.type === 'user' ? textOf(line) || null : null);

export const log: SessionLog = {
  prompts: (lines) => [...happened(lines)].flatMap((line) => promptOf(line) ?? []),
  lastAnswer(lines) {
    let answer: string | null = null;
    for (const line of happened(lines)) {
      const said = spoken(line);
      if (promptOf(line) !== null || line.type === 'error' || isCancelled(line)) answer = null;
      // A line with calls follows the same one without them, and is not the end.
      else if (said !== null) answer = line.toolCalls ? null : said || answer;
    }
    return answer;
  },
};
