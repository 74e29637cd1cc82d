import {
  directory,
  gitRef,
  hostName,
  onClose,
  profileName,
  repoUrl,
  sessionName,
  terminalId,
} from '@cao/contracts';
import { z } from 'zod';
import { attach } from '../attach/attach.ts';
import { DEFAULT_DETACH, detachKeys } from '../attach/options.ts';
import { textOf, turnTimeout } from '../calls/options.ts';
import { converse } from '../calls/turn.ts';
import { untilLive } from '../calls/until-live.ts';
import { arg, defineCommand, flag, jsonFlag, value, values } from '../command.ts';
import type { Context } from '../context.ts';
import { CliError, Interrupted } from '../exit.ts';
import { plainLine } from '../render/plain.ts';

const label = z.string().min(1).max(64);

export const command = defineCommand({
  path: ['launch'],
  summary: 'Start a session with its conductor',
  help: [
    'On a terminal: shows what will start, asks, and attaches to the conductor (Ctrl-] leaves, it works on).',
    'With --headless and a MESSAGE: waits for the answer and prints it. Without a terminal, or with --async: prints the',
    'ids and returns at once. The message reaches the agent as soon as it takes input.',
  ].join('\n'),
  examples: [
    'cao launch --agents code_supervisor',
    'cao launch --agents developer --headless "Say hello"',
    'cao launch --agents developer --repo https://git.example.com/team/app --ref main --on-close push "Run the tests"',
    'cao launch --resume TERMINAL --headless "And now the tests"',
    'cao launch --agents developer --host HOST --working-directory /srv/app --auto-approve --async "Run the tests"',
  ],
  args: { message: arg('MESSAGE', z.string().optional(), 'first prompt, or - for stdin') },
  options: {
    agents: value('PROFILE', profileName.optional(), 'profile of the conductor (required, but for --resume)'),
    resume: value(
      'TERMINAL',
      terminalId.optional(),
      'go on with the conversation of an ended terminal, on its host',
    ),
    sessionName: value('NAME', sessionName.optional(), 'name of the session; cao- is put before it'),
    provider: value(
      'PROVIDER',
      z.string().min(1).max(64).optional(),
      'CLI to run, instead of what the profile says',
    ),
    host: value('HOST', hostName.optional(), 'run on this host'),
    label: values('LABEL', label, 'run on a host that has this label'),
    workingDirectory: value('DIR', directory.optional(), 'absolute path on the host'),
    repo: value('URL', repoUrl.optional(), 'work in a worktree of this repository, on a branch of its own'),
    ref: value(
      'REF',
      gitRef.optional(),
      "branch, tag or commit where it begins (default: the remote's HEAD)",
    ),
    onClose: value(
      'POLICY',
      onClose.optional(),
      'when it ends: keep the worktree (default), push its branch, or discard it',
    ),
    allowedTools: values(
      'TOOL',
      z.string().min(1).max(128),
      'tools of the agent instead of those of its profile',
    ),
    onHostLost: value(
      'WHAT',
      z.enum(['fail', 'restart']).optional(),
      'when a host is given up: fail its tasks (default), or restart its agents on another host',
    ),
    apart: flag('on no host where another terminal of the session runs'),
    yolo: flag('all tools, no permission prompts, no question now'),
    autoApprove: flag('do not ask whether to proceed'),
    headless: flag('do not attach; with MESSAGE: wait for the answer and print it'),
    async: flag('return as soon as the session is created'),
    timeout: value('SECONDS', turnTimeout, 'how long --headless waits for the answer (default 300)'),
    memory: flag('not supported yet: refused'),
    env: values('K=V', z.string(), 'not supported yet: refused'),
    engine: value('ENGINE', z.string().optional(), 'not supported: refused'),
    json: jsonFlag,
  },
  async run(given, context) {
    const { io, client, signal } = context;
    for (const name of ['memory', 'env', 'engine'] as const) {
      const used =
        given[name] === true ||
        (typeof given[name] === 'string' ? true : Array.isArray(given[name]) && given[name].length > 0);
      if (used) throw new CliError('bad_request', `--${name} is not supported`, REFUSED[name]);
    }
    if (given.agents === undefined && given.resume === undefined)
      throw new CliError(
        'bad_request',
        '--agents PROFILE is missing',
        'Say which profile to run, or which ended terminal to go on with: --resume TERMINAL.',
      );
    const message = given.message === undefined ? undefined : await textOf(context, given.message);
    const attaches = io.interactive && !given.headless && !given.async && !given.json;
    const tools = given.allowedTools.flatMap((words) => words.split(',')).filter(Boolean);
    const body = {
      ...(given.agents === undefined ? {} : { agent_profile: given.agents }),
      ...(given.resume === undefined ? {} : { resume: given.resume }),
      yolo: given.yolo,
      ...(given.sessionName === undefined ? {} : { session_name: given.sessionName }),
      ...(message === undefined ? {} : { message }),
      ...(given.provider === undefined ? {} : { provider: given.provider }),
      ...(given.workingDirectory === undefined ? {} : { working_directory: given.workingDirectory }),
      ...(given.repo === undefined ? {} : { repo: given.repo }),
      ...(given.ref === undefined ? {} : { ref: given.ref }),
      ...(given.onClose === undefined ? {} : { on_close: given.onClose }),
      ...(tools.length === 0 ? {} : { allowed_tools: tools }),
      ...(given.host === undefined ? {} : { host: given.host }),
      ...(given.apart ? { apart: true } : {}),
      ...(given.onHostLost === undefined ? {} : { on_host_lost: given.onHostLost }),
      ...(given.label.length === 0 ? {} : { labels: given.label }),
    };
    if (given.yolo)
      io.note(io.paintNote('yellow', 'warning: --yolo lets the agent do anything without asking.'));
    else if (attaches && !given.autoApprove) await confirm(context, body);

    const made = await client.sessions.create({ body, signal });
    const { session, terminal } = made;
    if (attaches) {
      io.note(`session ${session.name}, conductor ${terminal.id}`);
      const live = await untilLive(context, terminal);
      const { keys } = detachKeys.parse(undefined);
      const how = { detachKeys: keys, detachLabel: DEFAULT_DETACH, resize: false, readOnly: false };
      io.note(await attach(context, live, how));
      return io.note(
        `Back to it: \`cao terminal attach ${terminal.id}\`. End it: \`cao shutdown --session ${session.name}\`.`,
      );
    }
    if (given.headless && made.message && !given.async) {
      io.note(`session ${session.name}, conductor ${terminal.id}`);
      await untilLive(context, terminal);
      return converse(context, terminal.id, made.message, { timeout: given.timeout, json: given.json });
    }
    if (given.json) return io.json(made);
    io.out(`${session.name} ${terminal.id}`);
    io.note(
      `Follow it: \`cao session watch ${session.name}\`. Attach: \`cao terminal attach ${terminal.id}\`.`,
    );
  },
});

const REFUSED = {
  memory: 'Leave it out; agents keep what they know in their own files.',
  env: 'Leave it out; agents get the environment of the worker-agent of their host: set it there.',
  engine: 'Leave it out; the provider chooses its own engine. --provider selects the CLI.',
} as const;

async function confirm(
  { io }: Context,
  body: {
    readonly agent_profile?: string;
    readonly resume?: string;
    readonly provider?: string;
    readonly host?: string;
    readonly labels?: readonly string[];
    readonly allowed_tools?: readonly string[];
    readonly working_directory?: string;
    readonly repo?: string;
    readonly ref?: string;
  },
): Promise<void> {
  const rows: [string, string][] = [
    body.resume === undefined ? ['profile', body.agent_profile ?? ''] : ['resumes', body.resume],
    ['provider', body.provider ?? 'as the profile says'],
    ['host', body.host ?? (body.labels ? `any with ${body.labels.join(', ')}` : 'any that fits')],
    ['tools', body.allowed_tools?.join(', ') ?? 'as the profile says'],
    [
      'directory',
      body.repo
        ? `a worktree of ${body.repo} at ${body.ref ?? "the remote's HEAD"}`
        : (body.working_directory ?? "as the profile says, or the worker-agent's default"),
    ],
  ];
  for (const [name, fact] of rows) io.note(`  ${io.paintNote('dim', name.padEnd(10))} ${plainLine(fact)}`);
  const answer = await io.ask('Proceed? [Y/n] ');
  if (!/^(y(es)?)?$/i.test(answer)) throw new Interrupted();
}
