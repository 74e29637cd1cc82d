import type { LaunchInput } from '../contract.ts';

/** A hook is a note to the loopback; a CLI must not wait for a worker-agent that is away. Units: s. */
export const HOOK_TIMEOUT_S = 5;

export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * A program for hooks that are commands: posts its standard input to the loopback and prints the answer, `{}` when there
 * is none. curl reads the event from its standard input (a socket in some CLIs, which cannot be opened by a second name)
 * and the token from a here-document on descriptor 3: neither is ever an argument that `ps` shows.
 *
 * `token`: the shell's words for it. CLIs that hand their hooks a cleaned environment need the mark, which is replaced
 * in this file.
 */
export const hookCommand = (
  { loopback }: Pick<LaunchInput, 'loopback'>,
  token: string = `$${loopback.tokenEnv}`,
): string => `#!/bin/sh
curl -sS -f -m ${HOOK_TIMEOUT_S} -K /dev/fd/3 -H 'content-type: application/json' --data-binary @- \\
  ${shellWord(loopback.hookUrl)} 2>/dev/null 3<<END || echo '{}'
header = "Authorization: Bearer ${token}"
END
exit 0
`;
