import type { LaunchInput } from '../contract.ts';

/** A hook is a note to the loopback; a CLI must not wait for a worker-agent that is away. Units: s. */
export const HOOK_TIMEOUT_S = 5;

export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A shell script of these lines. */
export const shellScript = (...lines: readonly string[]): string => ['#!/bin/sh', ...lines, ''].join('\n');

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

/** A script of the plan as a command, whatever is in its path. */
export const runs = (script: string): string => `sh ${shellWord(script)}`;

/**
 * Hooks as several CLIs take them: under each name a list of groups, and in a group what is run. The names are those of
 * the table that reacts to them.
 */
export const hookSettings = (
  reactions: Readonly<Record<string, unknown>>,
  hook: (name: string) => object,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.keys(reactions).map((name) => [name, [{ hooks: [hook(name)] }]]));

const UNITS = { s: 1, ms: 1_000 } as const;

/** A hook that is a script; `unit` is what the CLI counts time in. */
export const scriptHook = (script: string, unit: keyof typeof UNITS = 's') => ({
  type: 'command',
  command: runs(script),
  timeout: HOOK_TIMEOUT_S * UNITS[unit],
});
