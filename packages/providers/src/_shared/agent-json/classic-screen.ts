import type { Screen } from '@cao/contracts';
import type { ScreenReading } from '../../contract.ts';

/** `[agent] 12% λ !> text`: the name alone is always there. */
const PROMPT = /^\s*\[[\w.-]+\](?:\s*\d+%)?\s*(?:λ\s*)?!?\s*>(?:\s(.*))?$/;
const QUESTION = /\[y\/n(?:\/t)?\]/;
const BUSY = /^\s*(?:[⠀-⣿]\s|.*\bThinking\.\.\.)/;
/** The first row of an answer. */
const ANSWER = /^\s*>\s/;
const TROUBLE = /is having trouble responding/;

export const rowsOf = (screen: Screen): readonly string[] =>
  screen.rows.map((row) => row.text).filter((text) => text.trim() !== '');

export const reading = (
  status: ScreenReading['status'],
  evidence: string,
  input: ScreenReading['input'] = 'none',
  inputText = '',
): ScreenReading => ({ status, input, inputText, evidence: evidence.trim() });

/** The dialogue of Amazon Q and of Kiro's classic interface: rows one after another, the last one is where it stands. */
export function readClassic(rows: readonly string[]): ScreenReading {
  const last = rows.at(-1) ?? '';
  const prompt = rows.findLastIndex((row) => PROMPT.test(row));
  const question = rows.findLastIndex((row) => QUESTION.test(row));
  // One that stands above a prompt was answered.
  if (question >= 0 && question >= prompt) return reading('waiting_user_answer', rows[question] ?? '');
  if (prompt >= 0 && prompt === rows.length - 1) {
    const text = (PROMPT.exec(last)?.[1] ?? '').trim();
    const trouble = rows.slice(0, prompt).at(-1) ?? '';
    const evidence = TROUBLE.test(trouble) ? trouble : last;
    const idle = reading('idle', evidence, text === '' ? 'empty' : 'text', text);
    return { ...idle, answer: answerAbove(rows, prompt) };
  }
  return BUSY.test(last) ? reading('processing', last) : reading('unknown', last);
}

/** As far as it is on the screen: from the last row that begins an answer to the prompt. */
function answerAbove(rows: readonly string[], prompt: number): string | null {
  const first = rows.findLastIndex((row, at) => at < prompt && ANSWER.test(row));
  if (first < 0) return null;
  const [head = '', ...rest] = rows.slice(first, prompt);
  return [head.replace(ANSWER, ''), ...rest].join('\n').trim();
}

export const saysTrouble = ({ evidence }: ScreenReading): boolean => TROUBLE.test(evidence);
