import { CaoError } from '@cao/contracts';

const OCTAL = Array.from({ length: 256 }, (_, byte) => `\\${byte.toString(8).padStart(3, '0')}`);

/** Any bytes but NUL as one argument of a tmux command line: nothing in it has a meaning for tmux's parser. */
export function octal(argument: string): string {
  const bytes = Buffer.from(argument);
  if (bytes.includes(0))
    throw new CaoError('bad_request', 'an argument has a NUL character; tmux would cut it there');
  let quoted = '"';
  for (const byte of bytes) quoted += OCTAL[byte];
  return `${quoted}"`;
}

/** A newline in a control-mode command runs the rest as a command of its own, and shifts every later answer. */
export function assertOneLine(line: string): void {
  if (/[\r\n\0]/.test(line))
    throw new CaoError('internal', 'a tmux command has a newline or NUL; it was not sent');
}
