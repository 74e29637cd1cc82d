import { execFile } from 'node:child_process';
import { accessSync, constants, mkdtempSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { openFeed } from '../calls/feed.ts';
import { clientOf } from '../client.ts';
import { type Context, makeContext } from '../context.ts';
import { CliError } from '../exit.ts';
import { openHome } from '../home.ts';
import { plainLine } from '../render/plain.ts';
import { type AgentOptions, startAgent, tmuxSocketOf } from '../up/agent.ts';
import { orAbort, startStack } from '../up/stack.ts';
import { narrate } from './narrate.ts';
import { pathWithScriptedAgent } from './scripted-bin.ts';
import { ANSWER, NORTH, prompt, SOUTH } from './story.ts';

/** From the prompt to the last answer. The story's own pauses are 3 s. Units: ms. */
const STORY_TIMEOUT_MS = 60_000;

/**
 * A team at work on two hosts, on this machine, with scripted agents; shows each step and leaves nothing behind.
 * @throws CliError when the team does not answer what it must
 */
export async function runDemo(context: Context): Promise<void> {
  const { io } = context;
  const say = (line: string) => io.note(line);
  await using parts = new AsyncDisposableStack();
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'cao-demo-')));
  const home = openHome(dir);
  parts.defer(() => removeAll(dir));
  // Of the person's surroundings the demo takes nothing that is kept: neither their database nor their tmux server.
  const { DATABASE_URL: _1, REDIS_URL: _2, CAO_TMUX_SOCKET: _3, CAO_TOKEN: _4, ...rest } = context.env;
  const PATH = pathWithScriptedAgent(join(dir, 'bin'), rest.PATH);
  const env = { ...rest, CAO_HOME: dir, PATH };
  const sockets = [home.agentDir, join(dir, SOUTH)].map((state) => tmuxSocketOf(home, state, env));
  parts.defer(() => endTmux(sockets));

  say(
    'A demo: two hosts on this machine and scripted agents. Scripted agent means: no AI, it does what its prompt spells out.',
  );
  const stack = await startStack({
    home,
    env,
    port: 0,
    bind: '127.0.0.1',
    agent: true,
    hostName: NORTH,
    agentEnv: { PATH },
    signal: context.signal,
    say,
  });
  parts.use(stack);
  const server = { url: stack.url, token: stack.adminToken };
  const client = clientOf(server);
  const south: AgentOptions = {
    url: stack.url,
    stateDir: join(dir, SOUTH),
    joinToken: async () => (await client.hosts.createJoinToken()).token,
    name: SOUTH,
    labels: ['demo'],
    capacity: undefined,
    tmuxSocket: sockets[1]!,
    logFile: join(dir, 'logs', `${SOUTH}.log`),
    logLevel: env.CAO_LOG_LEVEL,
    extraEnv: { PATH },
    say,
  };
  const agent = await startAgent(south);
  parts.use(agent);
  await orAbort(context.signal, agent.ready);
  say(`CAO is up at ${stack.url}, with the hosts ${NORTH} and ${SOUTH}.`);

  const inner = makeContext(io, { ...env, CAO_URL: server.url, CAO_TOKEN: server.token }, context.signal);
  const answer = await play(inner);
  io.out(answer);
  if (answer.trim() !== ANSWER)
    throw new CliError(
      'internal',
      `the team should have answered: ${ANSWER}`,
      'This is a defect; run it again with CAO_LOG_LEVEL=debug.',
    );
  say(hint(context.env.PATH));
}

/** Launches the supervisor, tells what happens, and returns its last answer. The session is ended in any case. */
async function play(context: Context): Promise<string> {
  const { client, io, signal } = context;
  const { session, terminal } = await client.sessions.create({
    body: {
      agent_profile: 'code_supervisor',
      provider: 'scripted',
      session_name: 'demo',
      host: NORTH,
      message: prompt,
    },
    signal,
  });
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(STORY_TIMEOUT_MS)]);
  try {
    using feed = openFeed(
      { ...context, server: context.server, client, signal: deadline },
      { session: session.name, after: 0 },
    );
    for await (const event of feed) {
      if (event.terminal_id === null) continue;
      const { terminal: now } = await client.terminals.get({
        params: { id: event.terminal_id },
        signal: deadline,
      });
      const line = narrate(event, now);
      if (line !== null) io.note(`  ${io.paintNote('dim', 'scripted agent, no AI ·')} ${plainLine(line)}`);
      if (now.id !== terminal.id || event.kind !== 'terminal.turn_ended') continue;
      // The first turn of the supervisor ends when it waits for its developers, without an answer.
      if (now.last_answer?.includes('reviewer')) return now.last_answer;
    }
    return '';
  } catch (cause) {
    if (signal.aborted || !deadline.aborted) throw cause;
    const why = await client.terminals.why({ params: { id: terminal.id } });
    throw new CliError(
      'timeout',
      `the team has not answered within ${STORY_TIMEOUT_MS / 1000} s: ${why.lines.join(' ')}`,
      'This is a defect; run it again with CAO_LOG_LEVEL=debug.',
    );
  } finally {
    await client.sessions.shutdown({ params: { name: session.name }, query: {} });
  }
}

function hint(path: string): string {
  const claude = path.split(delimiter).some((dir) => isProgram(join(dir, 'claude')));
  return claude
    ? 'The same with Claude Code, which is installed here: `cao up`, then `cao launch --agents code_supervisor`.'
    : 'The same with a real agent: install Claude Code, then `cao up` and `cao launch --agents code_supervisor`.';
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The demo's own servers; a worker-agent leaves its tmux server running, as it must. */
async function endTmux(sockets: readonly string[]): Promise<void> {
  for (const socket of sockets)
    await promisify(execFile)('tmux', ['-S', socket, 'kill-server']).catch(() => {}); // it never started
}

async function removeAll(dir: string): Promise<void> {
  // Root's databases lie outside of CAO_HOME.
  const { preparePlace } = await import('../up/postgres/place.ts');
  const { base } = await preparePlace(dir);
  await rm(base, { recursive: true, force: true });
  await rm(dir, { recursive: true, force: true });
}
