import type { SessionLog } from '../contract.ts';

/** One line of `<config>/projects/<folder>/<session>.jsonl`, as far as it is read here. */
interface Line {
  readonly type?: string;
  readonly isMeta?: boolean;
  readonly isSidechain?: boolean;
  readonly message?: {
    readonly role?: string;
    readonly content?: string | readonly { readonly type: string; readonly text?: string }[];
    readonly stop_reason?: string | null;
  };
}

const INTERRUPTED = /^\[Request interrupted by user/;
/** What a command like `/exit` leaves behind. */
const COMMAND = /^<(?:command-(?:name|message)|local-command-)/;

export function parseLine(text: string): Line | null {
  try {
    const line = JSON.parse(text) as Line | null;
    // Sub-agents write into the same file in some versions; they are not the conversation.
    return line !== null && typeof line === 'object' && !line.isSidechain ? line : null;
  } catch {
    // The last line may be half written.
    return null;
  }
}

/** The prompt that the CLI writes for itself when work in the background has ended; nobody sent it. */
export const isOwnPrompt = (prompt: string): boolean => prompt.startsWith('<task-notification>');

function textOf(line: Line): string {
  const content = line.message?.content ?? '';
  if (typeof content === 'string') return content;
  return content.flatMap((part) => (part.type === 'text' && part.text ? [part.text] : [])).join('\n\n');
}

/** A prompt that was taken; null for tool results, notes of the CLI and the mark of an interruption. */
export function promptOf(line: Line): string | null {
  if (line.type !== 'user' || line.isMeta) return null;
  const text = textOf(line);
  return text === '' || INTERRUPTED.test(text) || COMMAND.test(text) ? null : text;
}

export const isInterruption = (line: Line): boolean => line.type === 'user' && INTERRUPTED.test(textOf(line));

export const log: SessionLog = {
  prompts: (lines) =>
    lines.flatMap((text) => promptOf(parseLine(text) ?? {}) ?? []).filter((prompt) => !isOwnPrompt(prompt)),
  lastAnswer(lines) {
    let answer: string | null = null;
    for (const text of lines) {
      const line = parseLine(text);
      if (!line) continue;
      if (promptOf(line) !== null) answer = null;
      else if (line.type === 'assistant' && line.message?.stop_reason === 'end_turn')
        answer = textOf(line) || answer;
    }
    return answer;
  },
};
