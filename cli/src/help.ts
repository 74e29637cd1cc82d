import { type AnyCommand, dashed } from './command.ts';
import type { Io } from './io.ts';

const INDENT = '  ';

/** `cao` and `cao help`. */
export function overview(io: Io, commands: readonly AnyCommand[]): string {
  return [
    'Run many AI coding CLIs in tmux on many machines, as one team.',
    '',
    `${io.paint('bold', 'Usage:')} cao COMMAND [OPTIONS]`,
    '',
    io.paint('bold', 'Commands:'),
    ...columns(commands.map((command) => [command.path.join(' '), command.summary])),
    '',
    io.paint('bold', 'To begin:'),
    `${INDENT}cao up                                  # everything on this machine`,
    `${INDENT}cao launch --agents code_supervisor     # a first session`,
    '',
    'Every command explains itself: `cao help COMMAND` or `cao COMMAND --help`. `-V` prints the version.',
  ].join('\n');
}

/** `cao help session`. */
export const groupHelp = (io: Io, group: string, commands: readonly AnyCommand[]): string =>
  [
    `${io.paint('bold', 'Usage:')} cao ${group} COMMAND [OPTIONS]`,
    '',
    io.paint('bold', 'Commands:'),
    ...columns(commands.map((command) => [command.path.join(' '), command.summary])),
    '',
    `Every command explains itself: \`cao ${group} COMMAND --help\`.`,
  ].join('\n');

export function commandHelp(io: Io, command: AnyCommand): string {
  const args = Object.values(command.args);
  const usage = args.map((arg) => {
    const word = arg.rest ? `${arg.label}…` : arg.label;
    return arg.schema.safeParse(undefined).success ? `[${word}]` : word;
  });
  const options: [string, string][] = Object.entries(command.options).map(([key, option]) => [
    option.label === null ? dashed(key) : `${dashed(key)} ${option.label}`,
    option.help + (option.many ? ' (may be given several times)' : ''),
  ]);
  return [
    command.summary,
    '',
    `${io.paint('bold', 'Usage:')} ${['cao', ...command.path, ...usage, '[OPTIONS]'].join(' ')}`,
    ...(command.help ? ['', command.help] : []),
    ...(args.length
      ? ['', io.paint('bold', 'Arguments:'), ...columns(args.map((a) => [a.label, a.help]))]
      : []),
    '',
    io.paint('bold', 'Options:'),
    ...columns([...options, ['-h, --help', 'print this']]),
    '',
    io.paint('bold', 'Examples:'),
    ...command.examples.map((example) => INDENT + example),
  ].join('\n');
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${INDENT}${left.padEnd(width)}${INDENT}${right}`);
}
