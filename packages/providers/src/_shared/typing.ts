import type { Submit } from '../contract.ts';
import { isSameText, isVisiblePart } from './same-text.ts';

type Measure = (shown: number, pasted: string) => boolean;

/** What a CLI makes of a text that is pasted and submitted. */
export interface Typing {
  /** What makes the beginning of a text a command, and the character in front of it that takes the meaning away. */
  readonly fronts: readonly (readonly [command: RegExp, mark: string])[];
  /** An end that Enter would not submit as it stands: a blank behind it closes it. */
  readonly openEnd?: RegExp;
  /** How a paste of many lines is shown in place of its text; the first group is their number. */
  readonly manyLines?: RegExp;
  /** How another long paste is shown in place of its text; the number in it tells whose it is. */
  readonly collapsed?: readonly (readonly [shown: RegExp, measure: Measure])[];
  /** What the CLI itself puts into a prompt. */
  readonly added?: RegExp;
}

/** Takes no room and is no blank. */
const NO_WIDTH = '\u200b';

/** A backslash turns Enter into a line break; a last word with `@` opens a list, of which Enter takes the first entry. */
const OPEN_END = /\\$|(?:^|\s|\u200b)@\S*$/;

/** For CLIs that trim a prompt before they look at its first character, and look for `@` in its last word. */
export const behindNoWidth = (command: RegExp): Pick<Typing, 'fronts' | 'openEnd'> => ({
  fronts: [[command, NO_WIDTH]],
  openEnd: OPEN_END,
});

/** The number of its lines, with or without an empty last one. */
const lineCount: Measure = (shown, pasted) =>
  [pasted, pasted.trimEnd()].some((text) => shown === text.split('\n').length);

/** How a text becomes a plain prompt, and is known again in the input box and in what the CLI says it took. */
export function typing({
  fronts,
  openEnd,
  manyLines,
  collapsed = [],
  added,
}: Typing): Pick<Submit, 'escape' | 'isOurs' | 'isSamePrompt'> {
  const shorts = manyLines ? [[manyLines, lineCount] as const, ...collapsed] : collapsed;
  // Blanks do not count where texts are compared.
  const marks = fronts.map(([, mark]) => mark).filter((mark) => mark !== ' ');
  const bare = (text: string): string =>
    marks.reduce((rest, mark) => rest.replaceAll(mark, ''), added ? text.replace(added, '') : text);
  return {
    escape(text) {
      const front = fronts.find(([command, mark]) => command.test(text) && !text.startsWith(mark));
      const plain = `${front?.[1] ?? ''}${text}`;
      return openEnd?.test(plain) ? `${plain} ` : plain;
    },
    isSamePrompt: (prompt, pasted) => isSameText(bare(prompt), bare(pasted)),
    isOurs(inputText, pasted) {
      for (const [sign, measure] of shorts) {
        const shown = sign.exec(inputText.trim());
        if (shown) return measure(Number(shown[1]), pasted);
      }
      return isVisiblePart(bare(inputText), bare(pasted));
    },
  };
}
