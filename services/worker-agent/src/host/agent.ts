import { arch, platform, uptime } from 'node:os';
import { type AgentEvent, CaoError, type DownFrame, diskTable, toErrorBody } from '@cao/contracts';
import { providers } from '@cao/providers';
import { failpoint, type Lock, type Logger, makeLocks, takeLock } from '@cao/runtime';
import { openTmux } from '@cao/terminal';
import type { AgentEnv } from '../env.ts';
import { type Dialled, dial, type Welcome } from '../link/dial.ts';
import { makeEvents } from '../link/events.ts';
import { openSpool } from '../link/spool.ts';
import { openLoopback } from '../loopback/server.ts';
import { makeHostSessions } from '../session/host-sessions.ts';
import { makeSetUp } from '../session/set-up.ts';
import { isReadOnly, watchDisk } from '../state/disk.ts';
import { makeStateFiles } from '../state/files.ts';
import { redactText } from '../transcript/redact.ts';
import { secretValues } from '../transcript/secrets.ts';
import { makeTranscripts } from '../transcript/transcripts.ts';
import { makeViewers } from '../viewers/viewers.ts';
import { makeWorkspaces } from '../workspace/workspaces.ts';
import { detectProviders } from './detect.ts';
import { measureHealth, watchHealth } from './health.ts';
import { identify } from './identity.ts';
import { makeLease } from './lease.ts';
import { limitsOf, makeLimiter } from './limits.ts';
import { machineBoot } from './machine.ts';
import { makeUpgrade } from './upgrade.ts';

export interface AgentOptions {
  readonly env: AgentEnv;
  readonly userEnv: Readonly<Record<string, string>>;
  readonly version: string;
  readonly log: Logger;
  /** The api no longer knows this host. */
  onRevoked(reason: string): void;
  /** To end now and begin again, as the program that is on the disk. */
  onRestart(why: string): void;
}

export interface Agent {
  /** @param soonBack another one follows at once, and is to miss nothing of what the panes write. */
  stop(soonBack: boolean): Promise<void>;
}

/**
 * The parts of one host, wired: tmux below, the CLIs' signals from the side, the link above. Everything it has to tell
 * goes through the spool; everything it is asked for comes as a command.
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const { env, log } = options;
  const stateDir = env.CAO_STATE_DIR;
  const lock = await onlyOne(stateDir, env.CAO_API_URL);
  const disk = watchDisk(stateDir, log);
  const files = makeStateFiles(stateDir, disk);
  const spool = openSpool({ stateDir, disk, log });
  let link: Dialled | undefined;

  const events = makeEvents(spool, ({ n, at, event }) => link?.send({ t: 'event', n, at, event }));
  let look = () => {};
  const emit = (event: AgentEvent) => {
    events.emit(event);
    look();
  };

  const loopback = await openLoopback(stateDir, {
    apiUrl: env.CAO_API_URL,
    log,
    emit,
    byToken: (token) => sessions.byToken(token),
  });
  const boot = machineBoot();
  const identity = await identify(env, boot);
  const socket = env.CAO_TMUX_SOCKET.startsWith('/')
    ? { path: env.CAO_TMUX_SOCKET }
    : { name: env.CAO_TMUX_SOCKET };
  const tmux = openTmux({ socket, home: env.HOME, path: env.PATH, log });
  /** Of programs that are run for this host, and not in a pane. */
  const ownEnv = { ...options.userEnv, PATH: env.PATH, HOME: env.HOME };
  const detected = await detectProviders(ownEnv);
  const lease = makeLease({ files, boot, uptime, onExpired: () => sessions.endLeased() });
  const secrets = [identity.secret, ...secretValues(options.userEnv)];
  const transcripts = makeTranscripts({
    tmux,
    files,
    log,
    secrets,
    keep: { days: env.CAO_TRANSCRIPT_DAYS, bytes: env.CAO_TRANSCRIPT_MB * 1024 * 1024 },
  });
  const workspaces = makeWorkspaces({
    disk,
    files,
    userEnv: ownEnv,
    log,
    emit,
    inUse: (id) => sessions.worksIn(id),
    days: env.CAO_WORKSPACE_DAYS,
    diskPercent: env.CAO_WORKSPACE_DISK_PERCENT,
  });
  const sessions = makeHostSessions({
    tmux,
    transcripts,
    disk,
    files,
    log,
    emit,
    mayRun: () => lease.holds(),
    recordDir: env.CAO_RECORD_DIR ?? null,
    detected,
    providers,
    setUp: makeSetUp(ownEnv, log),
    workspaces,
    userEnv: options.userEnv,
    defaultCwd: process.cwd(),
    loopbackUrl: loopback.url,
    asRoot: process.getuid?.() === 0,
    limiter: makeLimiter(limitsOf(env.CAO_LIMIT_MEMORY_PERCENT, env.CAO_LIMIT_PROCESSES), stateDir, log),
  });
  const viewers = makeViewers(tmux, (frame) => link?.send(frame), log);
  const locks = makeLocks();

  await tmux.start();
  await sessions.adopt();
  workspaces.start();
  await loopback.start();

  const first = await measureHealth(stateDir, disk);
  const health = watchHealth({ stateDir, disk, first }, (now) => emit({ kind: 'health', health: now }));
  let beat: NodeJS.Timeout | undefined;
  let progress = 0;
  const sendBeat = () => {
    lease.asked(++progress);
    link?.send({ t: 'beat', progress, rss_bytes: process.memoryUsage.rss() });
  };
  const onWelcome = (welcome: Welcome) => {
    viewers.clear();
    events.begin(welcome.acked);
    lease.begin();
    clearInterval(beat);
    sendBeat();
    beat = setInterval(sendBeat, welcome.beat_ms);
    log.info({ host: welcome.host_id, link_epoch: welcome.e }, 'linked');
    process.send?.({ type: 'ready', host_id: welcome.host_id });
  };

  let running = 0;
  const upgrade = makeUpgrade({
    disk,
    files,
    version: options.version,
    command: env.CAO_UPGRADE_COMMAND ?? null,
    env: ownEnv,
    log,
    redact: redactText(secrets),
    inTurn: () => sessions.inTurn(),
    busy: () => running > 0,
    tell: (now) => emit({ kind: 'upgrade', upgrade: now }),
    restart: options.onRestart,
  });
  look = upgrade.look;

  const onCommand = async (frame: Extract<DownFrame, { t: 'command' }>) => {
    const { id, command } = frame;
    const work = async () => (command.do === 'upgrade' ? { upgrade: upgrade.ask() } : sessions.run(command));
    running++;
    try {
      // One thing at a time per terminal, whichever link asked for it; what is only read of the past waits for nothing.
      const waits = 'terminal' in command && command.do !== 'transcript';
      const result = await (waits ? locks.run(command.terminal, work) : work());
      await failpoint('agent.done.before-frame');
      link?.send({ t: 'done', id, ok: true, result });
    } catch (error) {
      const known = error instanceof CaoError ? error : new CaoError('internal', (error as Error).message);
      if (known.code === 'internal') log.error({ err: error, do: command.do }, 'a command failed');
      const { code, message } = toErrorBody(known).error;
      link?.send({ t: 'done', id, ok: false, error: { code, message } });
    } finally {
      running--;
      look();
    }
  };

  const onFrame = (frame: Exclude<DownFrame, { t: 'welcome' | 'challenge' }>) => {
    switch (frame.t) {
      case 'command':
        return void onCommand(frame);
      case 'ack':
        return events.ack(frame.n);
      case 'lease':
        return lease.granted(frame.progress, frame.ms);
      case 'unwatch':
        return viewers.unwatch(frame.terminal);
      default: {
        const session = sessions.get(frame.terminal);
        if (!session) return;
        const work =
          frame.t === 'watch'
            ? viewers.watch(session, frame.snapshot)
            : locks.run(frame.terminal, () => viewers.input(session, frame));
        work.catch((error) =>
          log.debug({ err: error, terminal: frame.terminal }, 'input for a pane that just went'),
        );
      }
    }
  };

  link = dial({
    apiUrl: env.CAO_API_URL,
    log,
    hello: async (nonce) => ({
      t: 'hello',
      host_id: identity.hostId,
      instance: identity.instance,
      proof: identity.prove(nonce),
      agent_version: options.version,
      machine_boot: boot,
      os: platform(),
      arch: arch(),
      providers: [...detected.values()].map(({ provider, version, login }) => ({
        id: provider.id,
        title: provider.title,
        version,
        resumes: provider.resumes,
        login,
      })),
      attach: tmux.attachCommand('SESSION').replace('SESSION', '{session}'),
      panes: await sessions.report(),
      spool: { id: spool.id, last: spool.last() },
      warm: workspaces.warm(),
      health: health.latest(),
    }),
    onWelcome,
    onFrame,
    onRevoked: options.onRevoked,
  });

  return {
    async stop(soonBack) {
      clearInterval(beat);
      upgrade.stop();
      lease.stop();
      health.stop();
      // Calls first, while the link and the api can still serve them: each is answered `running`, each held hook `{}`.
      sessions.release();
      await loopback.stop();
      workspaces.stop();
      await link?.stop();
      viewers.clear();
      sessions.stop();
      if (soonBack) await transcripts.giveAway();
      await transcripts.stop();
      await tmux.stop();
      disk.stop();
      lock[Symbol.dispose]();
    },
  };
}

/** A second worker-agent on this folder must not touch its panes, its spool or its link. */
async function onlyOne(stateDir: string, url: string): Promise<Lock> {
  const about = { what: 'the worker-agent', url };
  const lock = await takeLock(stateDir, 'worker-agent.sock', about).catch((cause) => {
    if (!isReadOnly(cause)) throw cause;
    const { title, next } = diskTable.disk_read_only;
    const message = `the worker-agent cannot start on ${stateDir}: ${title}. ${next}`;
    throw new CaoError('unavailable', message, {}, { cause });
  });
  if ('pid' in lock)
    throw new CaoError('conflict', `a worker-agent runs on ${stateDir} already: process ${lock.pid}`);
  return lock;
}
