import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { type AnyCommand, dashed } from './command.ts';
import { CliError } from './exit.ts';
import { nearest } from './nearest.ts';

const HELP = { type: 'boolean', short: 'h' } as const;

/**
 * What `run` of this command gets, or `help` when it was asked for.
 * @throws CliError(bad_request) that names the option or argument, and the nearest one that exists.
 */
export function parse(command: AnyCommand, argv: readonly string[]): Record<string, unknown> | 'help' {
  const wrong = (message: string, next?: string) =>
    new CliError('bad_request', message, next ?? `See \`cao ${command.path.join(' ')} --help\`.`);
  const optionKeys = new Map(Object.keys(command.options).map((key) => [dashed(key).slice(2), key]));
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: {
      help: HELP,
      ...Object.fromEntries(
        [...optionKeys].map(([name, key]) => [
          name,
          { type: command.options[key]!.label === null ? 'boolean' : 'string' },
        ]),
      ),
    },
  });

  const given: Record<string, unknown> = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (token.name === 'help') return 'help';
    const key = optionKeys.get(token.name);
    if (key === undefined) {
      const near = nearest(
        token.rawName,
        [...optionKeys.keys(), 'help'].map((name) => `--${name}`),
      );
      throw wrong(
        `unknown option ${token.rawName}`,
        near && `Did you mean ${near}? See \`cao ${command.path.join(' ')} --help\`.`,
      );
    }
    const option = command.options[key]!;
    if (option.label === null) {
      if (token.value !== undefined) throw wrong(`${token.rawName} takes no value`);
      given[key] = true;
    } else if (token.value === undefined) throw wrong(`${token.rawName} needs a value: ${option.label}`);
    else if (option.many) given[key] = [...((given[key] as string[] | undefined) ?? []), token.value];
    else if (key in given) throw wrong(`${token.rawName} is given twice`);
    else given[key] = token.value;
  }

  for (const [key, arg] of Object.entries(command.args)) {
    if (arg.rest) given[key] = positionals.splice(0);
    else if (positionals.length > 0) given[key] = positionals.shift();
  }
  if (positionals.length > 0)
    throw wrong(
      `one argument too many: ${JSON.stringify(positionals[0])}`,
      `Put text with spaces into quotes. See \`cao ${command.path.join(' ')} --help\`.`,
    );

  const parsed: Record<string, unknown> = {};
  const take = (key: string, name: string, schema: z.ZodType) => {
    const result = schema.safeParse(given[key]);
    if (result.success) parsed[key] = result.data;
    else if (given[key] === undefined) throw wrong(`${name} is missing`);
    else throw wrong(`${name}: ${result.error.issues[0]?.message ?? 'not usable'}`);
  };
  for (const [key, arg] of Object.entries(command.args)) take(key, arg.label, arg.schema);
  for (const [key, option] of Object.entries(command.options)) take(key, dashed(key), option.schema);
  return parsed;
}
