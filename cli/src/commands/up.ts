import { join } from 'node:path';
import { z } from 'zod';
import { clientOf } from '../client.ts';
import { defineCommand, flag, value } from '../command.ts';
import { type Context, DEFAULT_PORT } from '../context.ts';
import { CliError } from '../exit.ts';
import { providerNames } from '../render/hosts.ts';
import { plainLine } from '../render/plain.ts';
import { assertBindAllowed } from '../up/address.ts';
import { detached, tellingFailure, tellStarter } from '../up/detach.ts';
import { type Stack, startStack } from '../up/stack.ts';
import { untilStopped } from '../up/until-stopped.ts';
import { loginLink } from './login.ts';

export const command = defineCommand({
  path: ['up'],
  summary: 'Run all of CAO on this machine: database, api, scheduler, and this machine as a host',
  help: [
    'Prints a login link when it is ready. State lies in CAO_HOME (default ~/.cao), logs in its folder logs/.',
    'DATABASE_URL and REDIS_URL take the place of the embedded Postgres. Ctrl-C or `cao down` stops it; agents in tmux',
    'keep running, and the next `cao up` finds them again. --demo shows a team at work, and leaves nothing behind.',
  ].join('\n'),
  examples: ['cao up', 'cao up --detach --port 9890', 'cao up --demo'],
  args: {},
  options: {
    port: value(
      'PORT',
      z.coerce
        .number('must be a port number')
        .int()
        .min(1, 'must be at least 1')
        .max(65535, 'must be at most 65535')
        .default(DEFAULT_PORT),
      'port of the api and the page (default 9889)',
    ),
    bind: value(
      'ADDRESS',
      z.string().min(1).default('127.0.0.1'),
      'address to listen on (default 127.0.0.1)',
    ),
    plainHttp: flag('allow --bind beyond this machine although tokens then travel unencrypted'),
    detach: flag('return when it is ready, and run on'),
    demo: flag('a throw-away CAO with two hosts and scripted agents, no AI and no account needed'),
    noAgent: flag('do not make this machine a host'),
  },
  async run({ port, bind, plainHttp, detach, demo, noAgent }, context) {
    const { io, home, env, signal } = context;
    if (demo && (detach || noAgent))
      throw new CliError(
        'bad_request',
        '--demo goes with neither --detach nor --no-agent',
        'Run `cao up --demo` alone.',
      );
    if (demo) {
      const { runDemo } = await import('../demo/run.ts');
      return runDemo(context);
    }
    assertBindAllowed(bind, plainHttp);
    if (detach) {
      const argv = [
        'up',
        '--port',
        String(port),
        '--bind',
        bind,
        ...(plainHttp ? ['--plain-http'] : []),
        ...(noAgent ? ['--no-agent'] : []),
      ];
      for (const line of await detached(argv, join(home.logsDir, 'up.log'), signal)) io.out(line);
      return;
    }
    const began = Date.now();
    const say = (line: string) => io.note(line);
    await using stack = await tellingFailure(() =>
      startStack({ home, env, port, bind, agent: !noAgent, signal, say }),
    );
    const lines = await tellingFailure(() => welcome(context, stack, (Date.now() - began) / 1000));
    for (const line of lines) io.out(line);
    tellStarter(lines);
    const why = await untilStopped(signal, stack.stopAsked);
    io.note(`${why}: stopping; agents in tmux keep running${signal.aborted ? ' (Ctrl-C again forces)' : ''}`);
  },
});

async function welcome(context: Context, stack: Stack, seconds: number): Promise<string[]> {
  const { io, home, signal } = context;
  const client = clientOf({ url: stack.url, token: stack.adminToken });
  const [{ code }, { hosts }] = await Promise.all([
    client.access.createLoginLink({ signal }),
    client.hosts.list({ signal }),
  ]);
  const other = logIn(context, stack);
  return [
    `CAO is ready (${seconds.toFixed(1)} s).`,
    '',
    `  ${io.paint('bold', loginLink(stack.url, code))}`,
    '  the login link: works once, within 15 minutes; another: cao login --link',
    '',
    ...hosts.map((host) => `  host ${plainLine(host.name)} (${host.state}): ${providerNames(host)}`),
    ...(hosts.every((host) => host.providers.length === 0)
      ? [
          '  No AI CLI was found on a host: install one (Claude Code, …) and start again; `cao up --demo` needs none.',
        ]
      : []),
    '',
    '  cao launch --agents code_supervisor    start a team',
    '  cao session list                       what runs',
    '  cao host invite                        add one more machine',
    ...(other === null
      ? []
      : [
          '',
          `  This shell stays logged in to ${other}; to switch: cao login ${stack.url} --token - < ${home.tokenFile}`,
        ]),
  ];
}

/** Logs this CAO_HOME in, unless it is logged in to another server, which is then returned. */
function logIn({ home }: Context, stack: Stack): string | null {
  const login = home.readLogin();
  if (login && new URL(login.url).origin !== new URL(stack.url).origin && login.token !== stack.adminToken)
    return login.url;
  home.writeLogin({ url: stack.url, token: stack.adminToken });
  return null;
}
