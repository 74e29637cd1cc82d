/** CLIs trim prompts, turn tabs into blanks and CRLF into LF, and wrap them on the screen: blanks decide nothing. */
const squeezed = (text: string): string => text.replace(/\s+/g, '');

export const isSameText = (a: string, b: string): boolean => squeezed(a) === squeezed(b);

const COLLAPSED = /\[Pasted text #\d+(?: \+(\d+) lines)?\]/;

/**
 * Whether the text of an input box is what was pasted, or the part of it that the box has room for. A collapsed paste
 * (`[Pasted text #4 +187 lines]`) is told by its number of line breaks alone, as nothing else is shown of it.
 */
export function isVisiblePart(inputText: string, pasted: string): boolean {
  const collapsed = COLLAPSED.exec(inputText);
  if (collapsed) {
    const alone = inputText.replace(COLLAPSED, '').trim() === '';
    return alone && Number(collapsed[1] ?? 0) === pasted.trimEnd().split('\n').length - 1;
  }
  const seen = squeezed(inputText);
  return seen !== '' && squeezed(pasted).includes(seen);
}
