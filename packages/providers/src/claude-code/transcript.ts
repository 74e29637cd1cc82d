import { at, type Json, text, wordsOf } from '../_shared/json.ts';
import { sessionLog } from '../_shared/session-log.ts';

/** Lines of `<config>/projects/<folder>/<session>.jsonl`. */
const STOPPED = /^\[Request interrupted by user/;
/** What a command like `/exit` leaves behind. */
const COMMAND = /^<(?:command-(?:name|message)|local-command-)/;

/** The prompt that the CLI writes for itself when work in the background has ended; nobody sent it. */
export const isOwnPrompt = (prompt: string): boolean => prompt.startsWith('<task-notification>');

const textOf = (line: Json): string => wordsOf(at(line, 'message.content'), '\n\n');

/** Sub-agents write into the same file in some versions; they are not the conversation. */
const isOf = (line: Json, type: 'user' | 'assistant'): boolean => line.type === type && !line.isSidechain;

/** A prompt that was taken; null for tool results, notes of the CLI and the mark of an interruption. */
export function promptOf(line: Json): string | null {
  if (!isOf(line, 'user') || line.isMeta) return null;
  const said = textOf(line);
  return said === '' || STOPPED.test(said) || COMMAND.test(said) ? null : said;
}

export const isInterruption = (line: Json): boolean => isOf(line, 'user') && STOPPED.test(textOf(line));

export const log = sessionLog({
  promptOf(line) {
    const prompt = promptOf(line);
    return prompt !== null && isOwnPrompt(prompt) ? null : prompt;
  },
  answerAfter(line, answer) {
    if (promptOf(line) !== null) return null;
    const isLast = isOf(line, 'assistant') && text(line, 'message.stop_reason') === 'end_turn';
    return isLast ? textOf(line) || answer : answer;
  },
});
