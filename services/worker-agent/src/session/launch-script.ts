import type { LaunchPlan } from '@cao/providers';

/** A server that does not answer a plain word to end is ended within this. Units: s. */
const SERVER_ENDS_S = { asked: 0.2, forced: 1.5 } as const;
/** How often the shell looks whether a server listens: none of the tools that every machine has waits for a file. Units: s. */
const LOOK_EVERY_S = 0.05;
/** One that does not listen by then never will. Units: s. */
const SERVER_COMES_S = 15;

/**
 * A script that sets the environment and becomes the CLI. Values stand in a 0600 file that removes itself, never in an
 * argv or in tmux's environment; `exec` leaves no shell between tmux and the CLI that a paste could reach.
 */
export function launchScript(
  plan: LaunchPlan,
  env: Readonly<Record<string, string>>,
  /** What the shell does to itself first. */
  before: readonly string[],
  serverComesS: number = SERVER_COMES_S,
): string {
  const all = { ...env, ...plan.env };
  for (const name of plan.unsetEnv) delete all[name];
  const exports = Object.entries(all)
    .filter(([name]) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    .map(([name, value]) => `export ${name}=${quote(value)}`);
  return [
    '#!/bin/sh',
    'rm -f -- "$0"',
    ...before,
    'unset TMUX TMUX_PANE',
    ...exports,
    ...(plan.server ? serve(plan.server, serverComesS) : []),
    `exec ${words(plan.argv)}`,
    '',
  ].join('\n');
}

/**
 * Runs the server, and becomes what is attached to it once it listens. A shell of the pane's process group keeps the two
 * together: when the one in the pane is gone, whatever killed it, the kernel hangs up on that group; and when the server is
 * gone, the shell ends the one in the pane, which would go on looking alive. A server may take the first word as a wish to
 * end when its work is done, and the second as an order.
 */
const serve = ({ argv, socket, attached }: NonNullable<LaunchPlan['server']>, comesS: number): string[] => [
  `socket=${quote(socket)}`,
  'rm -f -- "$socket" "$socket.taken"',
  '(',
  `  ${words(argv)} </dev/null >/dev/null 2>&1 &`,
  '  server=$!',
  '  end() {',
  '    kill "$server"',
  `    sleep ${SERVER_ENDS_S.asked}`,
  '    kill "$server"',
  `    sleep ${SERVER_ENDS_S.forced}`,
  '    kill -9 "$server"',
  '    exit',
  '  }',
  '  trap end HUP',
  '  wait "$server"',
  '  if [ -e "$socket.taken" ]; then kill $$; fi',
  ') >/dev/null 2>&1 &',
  'keeper=$!',
  `looks=${Math.ceil(comesS / LOOK_EVERY_S)}`,
  'until [ -S "$socket" ] || [ "$looks" -le 0 ] || ! kill -0 "$keeper" 2>/dev/null; do',
  `  sleep ${LOOK_EVERY_S}`,
  '  looks=$((looks - 1))',
  'done',
  'if [ -S "$socket" ]; then',
  '  : > "$socket.taken"',
  `  exec ${words(attached)}`,
  'fi',
  'kill -HUP "$keeper" 2>/dev/null',
];

const words = (argv: readonly string[]): string => argv.map(quote).join(' ');

/** In single quotes a shell reads everything as it stands. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
