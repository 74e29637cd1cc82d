import { type Json, list, parseLines, text } from '../_shared/json.ts';
import type { SessionLog } from '../contract.ts';

/** Lines of `<config>/projects/<folder>/<session>.jsonl`. */
const STOPPED = /^\[Request interrupted by user/;
/** What a command like `/exit` leaves behind. */
const COMMAND = /^<(?:command-(?:name|message)|local-command-)/;

/** The prompt that the CLI writes for itself when work in the background has ended; nobody sent it. */
export const isOwnPrompt = (prompt: string): boolean => prompt.startsWith('<task-notification>');

function textOf(line: Json): string {
  const parts = list(line, 'message.content').filter((part) => text(part, 'type') === 'text');
  return text(line, 'message.content') || parts.map((part) => text(part, 'text')).join('\n\n');
}

/** Sub-agents write into the same file in some versions; they are not the conversation. */
const isOf = (line: Json | null, type: 'user' | 'assistant'): line is Json =>
  line?.type === type && !line.isSidechain;

/** A prompt that was taken; null for tool results, notes of the CLI and the mark of an interruption. */
export function promptOf(line: Json | null): string | null {
  if (!isOf(line, 'user') || line.isMeta) return null;
  const said = textOf(line);
  return said === '' || STOPPED.test(said) || COMMAND.test(said) ? null : said;
}

export const isInterruption = (line: Json | null): boolean =>
  isOf(line, 'user') && STOPPED.test(textOf(line));

export const log: SessionLog = {
  prompts: (lines) =>
    parseLines(lines)
      .flatMap((line) => promptOf(line) ?? [])
      .filter((prompt) => !isOwnPrompt(prompt)),
  lastAnswer(lines) {
    let answer: string | null = null;
    for (const line of parseLines(lines)) {
      if (promptOf(line) !== null) answer = null;
      else if (isOf(line, 'assistant') && text(line, 'message.stop_reason') === 'end_turn')
        answer = textOf(line) || answer;
    }
    return answer;
  },
};
