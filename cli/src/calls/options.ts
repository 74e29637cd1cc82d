import { messageText } from '@cao/contracts';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { CliError } from '../exit.ts';

/** How long a turn is waited for when nobody says otherwise. Units: seconds. */
const DEFAULT_TURN_TIMEOUT_S = 300;

export const turnTimeout = z.coerce
  .number('must be a number of seconds')
  .positive('must be a number of seconds above 0')
  .max(7 * 86_400, 'must be at most 7 days')
  .default(DEFAULT_TURN_TIMEOUT_S);

/** `-` is all of stdin, so that long text needs no quoting and shows in no process list. */
export async function textOf(context: Context, given: string): Promise<string> {
  const text = given === '-' ? (await context.io.readStdin()).replace(/\n$/, '') : given;
  const checked = messageText.safeParse(text);
  if (checked.success) return checked.data;
  throw new CliError(
    'bad_request',
    `MESSAGE: ${checked.error.issues[0]!.message}`,
    'Give the text, or - and pipe it in.',
  );
}

/** A secret from the command line, or from stdin with `-`. */
export async function secretOf(context: Context, given: string): Promise<string> {
  const secret = given === '-' ? (await context.io.readStdin()).trim() : given;
  if (secret !== '') return secret;
  throw new CliError('bad_request', 'the token is empty', 'Pipe it in: `cat FILE | cao … --token -`.');
}
