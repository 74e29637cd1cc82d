import type { SessionLog } from '../contract.ts';
import { type Json, parseLines } from './json.ts';

/** How the lines of a log are understood. */
interface LineRules<Line> {
  /** All that happened, of what is written; left out: every line that is an object. */
  linesOf?(lines: readonly string[]): Iterable<Line>;
  /** The prompt that was taken; null: the line is something else. */
  promptOf(line: Line): string | null;
  /** The answer of the last turn so far, null while it runs; `answer` is what it was before this line. */
  answerAfter(line: Line, answer: string | null): string | null;
}

/** A log that is read line by line, from the oldest to the newest. */
export function sessionLog<Line = Json>(rules: LineRules<Line>): SessionLog {
  const read = rules.linesOf ?? (parseLines as (lines: readonly string[]) => readonly Line[]);
  return {
    prompts: (lines) => [...read(lines)].flatMap((line) => rules.promptOf(line) ?? []),
    lastAnswer(lines) {
      let answer: string | null = null;
      for (const line of read(lines)) answer = rules.answerAfter(line, answer);
      return answer;
    },
  };
}
