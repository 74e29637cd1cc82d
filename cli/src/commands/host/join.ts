import { dirname, join, resolve } from 'node:path';
import { hostName } from '@cao/contracts';
import { z } from 'zod';
import { secretOf } from '../../calls/options.ts';
import { arg, defineCommand, flag, value, values } from '../../command.ts';
import { CliError } from '../../exit.ts';
import {
  defaultHostName,
  hasJoined,
  hasJoinToken,
  startAgent,
  tmuxSocketOf,
  writeJoinToken,
} from '../../up/agent.ts';
import { detached, tellingFailure, tellStarter } from '../../up/detach.ts';
import { orAbort } from '../../up/stack.ts';
import { untilStopped } from '../../up/until-stopped.ts';
import { parseTarget } from '../login.ts';

export const command = defineCommand({
  path: ['host', 'join'],
  summary: 'Make this machine a host: run its worker-agent',
  help: [
    'The token is one-time, from an admin. It is needed for the first join only; afterwards the state folder holds the',
    "host's own credential, and the same command starts the worker-agent again. --token - reads it from stdin, so that",
    'no process list shows it. Ctrl-C or `cao down --state DIR` stops the worker-agent; agents in tmux keep running.',
  ].join('\n'),
  examples: [
    'cao host join https://cao.example.com --token TOKEN --name HOST',
    'cat TOKEN_FILE | cao host join URL --token - --label gpu --detach',
  ],
  args: { url: arg('URL', z.string(), 'the CAO server') },
  options: {
    token: value('TOKEN', z.string().min(1).optional(), 'one-time join token, or - for stdin'),
    name: value('NAME', hostName.optional(), "name of the host (default: this machine's)"),
    label: values(
      'LABEL',
      z.string().regex(/^[^,]{1,64}$/, 'has 1 to 64 characters and no comma'),
      'what `cao launch --label` can ask for',
    ),
    capacity: value(
      'N',
      z.coerce
        .number('must be a number')
        .int()
        .min(1, 'must be at least 1')
        .max(1000, 'must be at most 1000')
        .optional(),
      'most terminals at a time (default 20)',
    ),
    state: value('DIR', z.string().optional(), 'state folder (default CAO_HOME/agent)'),
    detach: flag('return when it has joined, and run on'),
  },
  async run({ url, token, name, label, capacity, state, detach }, context) {
    const { io, home, env, signal } = context;
    const target = parseTarget(url).url;
    const stateDir = state === undefined ? home.agentDir : resolve(state);
    const joined = hasJoined(stateDir);
    if (!joined && token === undefined && !hasJoinToken(stateDir))
      throw new CliError(
        'bad_request',
        'a join token is missing',
        'An admin makes one with `cao host invite`; give it with --token.',
      );
    if (joined && token !== undefined) io.note(`${stateDir} has joined before; the token is not used`);
    const logFile = join(stateDir === home.agentDir ? home.logsDir : stateDir, 'worker-agent.log');
    if (!joined && token !== undefined) writeJoinToken(stateDir, await secretOf(context, token));
    if (detach) {
      const argv = [
        ...['host', 'join', target, '--state', stateDir],
        ...(name === undefined ? [] : ['--name', name]),
        ...label.flatMap((one) => ['--label', one]),
        ...(capacity === undefined ? [] : ['--capacity', String(capacity)]),
      ];
      for (const line of await detached(argv, join(dirname(logFile), 'host-join.log'), signal)) io.note(line);
      return;
    }
    await using agent = await tellingFailure(() =>
      startAgent({
        url: target,
        stateDir,
        joinToken: async () => null,
        name: name ?? defaultHostName(),
        labels: label,
        capacity,
        tmuxSocket: tmuxSocketOf(home, stateDir, env),
        logFile,
        logLevel: env.CAO_LOG_LEVEL,
        say: (line) => io.note(line),
      }),
    );
    await tellingFailure(() => orAbort(signal, agent.ready));
    const lines = [`this machine is a host of ${target}; log: ${logFile}`];
    for (const line of lines) io.note(line);
    tellStarter(lines);
    io.note(`${await untilStopped(signal, agent.stopAsked)}: stopping; agents in tmux keep running`);
  },
});
