import { type TerminalView, withSessionPrefix } from '@cao/contracts';
import type { Context } from '../context.ts';
import { CliError } from '../exit.ts';

/** The terminals of a session, its conductor first. */
export async function getSession(context: Context, name: string) {
  const { session, terminals } = await context.client.sessions.get({
    params: { name },
    signal: context.signal,
  });
  const conductor = terminals.find((terminal) => terminal.id === session.conductor_id);
  return {
    session,
    conductor,
    terminals: conductor ? [conductor, ...terminals.filter((terminal) => terminal !== conductor)] : terminals,
  };
}

/**
 * The terminal a person means: the one named, else the conductor.
 * @throws CliError(not_found) when it is not of this session, (gone) when the session has no conductor any more.
 */
export async function targetOf(
  context: Context,
  name: string,
  id: string | undefined,
): Promise<TerminalView> {
  const { conductor, terminals } = await getSession(context, name);
  const target = id === undefined ? conductor : terminals.find((terminal) => terminal.id === id);
  if (target) return target;
  throw id === undefined
    ? new CliError(
        'gone',
        `session ${withSessionPrefix(name)} has no conductor any more`,
        `Name one of its terminals with --terminal: \`cao session status ${name}\` lists them.`,
      )
    : new CliError(
        'not_found',
        `terminal ${id} is not one of session ${withSessionPrefix(name)}`,
        `\`cao session status ${name}\` lists its terminals.`,
      );
}
