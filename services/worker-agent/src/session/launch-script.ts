import type { LaunchPlan } from '@cao/providers';

/**
 * A script that sets the environment and becomes the CLI. Values stand in a 0600 file that removes itself, never in an
 * argv or in tmux's environment; `exec` leaves no shell between tmux and the CLI that a paste could reach.
 */
export function launchScript(
  plan: LaunchPlan,
  env: Readonly<Record<string, string>>,
  /** What the shell does to itself first. */
  before: readonly string[],
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
    `exec ${plan.argv.map(quote).join(' ')}`,
    '',
  ].join('\n');
}

/** In single quotes a shell reads everything as it stands. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
