import { CaoError } from '@cao/contracts';
import { type Context, makeContext } from './context.ts';
import { type Env, readCliEnv } from './env.ts';
import { CliError, Interrupted, report, stopSignals } from './exit.ts';
import { commandHelp, groupHelp, overview } from './help.ts';
import { type Io, processIo } from './io.ts';
import { nearest } from './nearest.ts';
import { parse } from './parse.ts';
import { findCommand, loadAll, loadCommand, paths } from './registry.ts';

/** Parents pass a signal on that reached their whole group: what comes within this time of the first is the same request. Units: ms. */
const SAME_SIGNAL_MS = 500;

/** The whole life of the process: runs what is asked, says what went wrong, ends with the code for it. */
export async function runProcess(argv: readonly string[]): Promise<void> {
  const stop = new AbortController();
  let stoppedAt = 0;
  for (const name of stopSignals)
    process.on(name, () => {
      const interrupted = new Interrupted(name);
      const at = performance.now();
      if (!stop.signal.aborted) {
        stoppedAt = at;
        stop.abort(interrupted);
      } else if (at - stoppedAt > SAME_SIGNAL_MS) process.exit(interrupted.exitCode); // the second one forces
    });
  let io = processIo({ colour: true });
  let env: Env | undefined;
  let code = 0;
  try {
    env = readEnvOrSay();
    io = processIo({ colour: env.NO_COLOR === undefined });
    await run(argv, makeContext(io, env, stop.signal));
  } catch (cause) {
    const json = argv.includes('--json');
    // What breaks because we abort it is the Ctrl-C itself, unless a command made its own answer of it.
    const interrupted = stop.signal.aborted && !(cause instanceof CaoError);
    code = report(io, interrupted ? stop.signal.reason : cause, {
      json,
      debug: env?.CAO_LOG_LEVEL === 'debug',
    });
  }
  await io.flush();
  process.exit(code);
}

function readEnvOrSay(): Env {
  try {
    return readCliEnv();
  } catch (cause) {
    throw new CliError(
      'bad_request',
      (cause as Error).message,
      'Correct or unset the variable that is named.',
      {
        cause,
      },
    );
  }
}

async function run(argv: readonly string[], context: Context): Promise<void> {
  const { io } = context;
  const [first] = argv;
  if (first === undefined || ((first === '--help' || first === '-h') && argv.length === 1))
    return io.out(overview(io, await loadAll()));
  if (first === 'help') return help(io, argv.slice(1));

  const found = findCommand(argv);
  if (!found) {
    const last = argv.at(-1);
    if (isGroup(first) && (last === '--help' || last === '-h')) return help(io, [first]);
    throw unknownCommand(argv);
  }
  const command = await loadCommand(found.path);
  const given = parse(command, argv.slice(found.words));
  if (given === 'help') return io.out(commandHelp(io, command));
  await command.run(given, context);
}

async function help(io: Io, words: readonly string[]): Promise<void> {
  const [first] = words;
  if (first === undefined) return io.out(overview(io, await loadAll()));
  const found = findCommand(words);
  if (found) return io.out(commandHelp(io, await loadCommand(found.path)));
  if (isGroup(first) && words.length === 1)
    return io.out(
      groupHelp(
        io,
        first,
        (await loadAll()).filter((command) => command.path[0] === first),
      ),
    );
  throw unknownCommand(words);
}

const isGroup = (word: string) => paths.some((path) => path.startsWith(`${word} `));

function unknownCommand(argv: readonly string[]): CliError {
  const [first = '', second] = argv.filter((word) => !word.startsWith('-'));
  if (first === '') return new CliError('bad_request', `unknown option ${argv[0]}`, 'See `cao help`.');
  if (!isGroup(first) || second === undefined) {
    if (isGroup(first)) {
      const verbs = paths.filter((path) => path.startsWith(`${first} `)).map((path) => path.split(' ')[1]);
      return new CliError(
        'bad_request',
        `cao ${first} needs one of: ${verbs.join(', ')}`,
        `See \`cao help ${first}\`.`,
      );
    }
    const near = nearest(first, [...new Set(paths.map((path) => path.split(' ')[0]!)), 'help']);
    return unknown(first, near);
  }
  const near = nearest(`${first} ${second}`, paths);
  return unknown(`${first} ${second}`, near);
}

const unknown = (what: string, near: string | undefined) =>
  new CliError(
    'bad_request',
    `unknown command \`cao ${what}\``,
    near ? `Did you mean \`cao ${near}\`? All are in \`cao help\`.` : 'All commands are in `cao help`.',
  );
