import { shellWord } from './hook-command.ts';

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

/** A hook that is a script; `timeout` in the unit of the CLI. */
export const scriptHook = (script: string, timeout: number) => ({
  type: 'command',
  command: runs(script),
  timeout,
});
