import { createHash } from 'node:crypto';
import {
  CaoError,
  type CommandResult,
  type Failure,
  isInTurn,
  type LinkCommand,
  ownerOf,
  type PaneReport,
} from '@cao/contracts';
import type { AgentState, Provider } from '@cao/providers';
import { failpoint } from '@cao/runtime';
import type { PaneRef, PaneState } from '@cao/terminal';
import type { Detected } from '../host/detect.ts';
import { redactDeep } from '../transcript/redact.ts';
import type { Transcripts } from '../transcript/transcripts.ts';
import type { Workspaces } from '../workspace/workspaces.ts';
import { answer } from './answer.ts';
import { birthOf, conversationOf, type StartContext } from './birth.ts';
import { catchUp } from './catch-up.ts';
import { cameWith, isSameFolder, makeCheckpoints } from './checkpoint.ts';
import { crashOf, describeDeath, withoutColours } from './death.ts';
import { deliver } from './deliver.ts';
import { makeEndings } from './endings.ts';
import { endProcesses, processTree } from './processes.ts';
import { readRecord, removeStaleDirs, removeTerminalDir, type TerminalRecord } from './record.ts';
import { type SessionDeps, TerminalSession } from './session.ts';
import type { SetUp } from './set-up.ts';

const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex');

/** What is not for the worker-agent itself. */
export type HostCommand = Exclude<LinkCommand, { do: 'upgrade' }>;

/** All terminals of this host, and what the api may ask of them. */
export interface HostSessions {
  /** Takes over the panes that are there, and follows tmux from now on. */
  adopt(): Promise<void>;
  report(): Promise<PaneReport[]>;
  byToken(token: string): TerminalSession | undefined;
  get(terminal: string): TerminalSession | undefined;
  /** A terminal works in that worktree. */
  worksIn(workspace: string): boolean;
  /** Terminals that are in the middle of a turn, or are about to be. */
  inTurn(): string[];
  run<C extends HostCommand>(command: C): Promise<CommandResult<C['do']>>;
  /** The host's lease ran out: what may run elsewhere by now is ended. */
  endLeased(): void;
  /** Hooks that are held are answered, and none is held any more. */
  release(): void;
  stop(): void;
}

export interface HostSessionsOptions extends SessionDeps, Omit<StartContext, 'detected'> {
  readonly detected: ReadonlyMap<string, Detected>;
  readonly providers: Readonly<Record<string, Provider>>;
  readonly transcripts: Transcripts;
  readonly setUp: SetUp;
  /** Whether the host's lease holds. */
  mayRun(): boolean;
  readonly workspaces: Workspaces;
}

const keyOf = (pane: { id: string; epoch: number }) => `${pane.id}/${pane.epoch}`;

export function makeHostSessions(options: HostSessionsOptions): HostSessions {
  const { tmux, disk, files, log, transcripts, workspaces } = options;
  const sessions = new Map<string, TerminalSession>();
  const byPane = new Map<string, TerminalSession>();
  /** Worktrees whose terminals are being born. */
  const starting = new Set<string>();
  const endings = makeEndings(options);
  const checkpoints = makeCheckpoints(files.dir);
  const unsubscribe: (() => void)[] = [];

  const add = (session: TerminalSession) => {
    sessions.set(keyOf(session.ref), session);
    byPane.set(session.ref.pane, session);
  };
  const drop = (session: TerminalSession) => {
    session.end();
    transcripts.close(session.ref);
    sessions.delete(keyOf(session.ref));
    byPane.delete(session.ref.pane);
  };
  /** The newest, while an older epoch is still being closed. */
  const get = (terminal: string) => [...sessions.values()].findLast((session) => session.ref.id === terminal);
  /** @throws CaoError gone */
  const mustGet = (command: { terminal: string; epoch: number }): TerminalSession => {
    const session = sessions.get(keyOf({ id: command.terminal, epoch: command.epoch }));
    if (!session)
      throw new CaoError(
        'gone',
        `terminal ${command.terminal} of epoch ${command.epoch} does not run on this host`,
      );
    return session;
  };

  const make = (
    ref: PaneRef,
    record: TerminalRecord,
    agent: AgentState,
    pane: Pick<PaneState, 'inMode' | 'bracketed'>,
    adopted: boolean,
  ) => {
    const provider = options.providers[record.provider]!;
    const transcript = transcripts.open(ref, record, adopted);
    const { inMode, bracketed } = pane;
    const born = { ref, record, transcript, provider, agent, inMode, bracketed };
    const session = new TerminalSession(options, born);
    add(session);
    session.listen();
    return session;
  };

  /** The pane ended by itself: it is told, and nothing of it stays. */
  const onDeath = async (session: TerminalSession, reason: string, failure: Failure | null) => {
    const { ref, record } = session;
    const group = `${ref.id}-${ref.epoch}`;
    const killed = options.limiter.verdict(group);
    const told = killed ? `${reason}; ${killed}` : reason;
    const how = redactDeep(
      { reason: told, failure: failure && killed ? { ...failure, message: told } : failure },
      session.transcript.redact,
    );
    drop(session);
    endings.mark(record, how);
    await tmux
      .close(ref)
      .catch((error) => log.debug({ err: error }, 'a dead pane was closed by somebody else'));
    options.limiter.leave(group);
    if (record.workspace) return endings.finish(ref, record.workspace, how);
    removeTerminalDir(files, ref.id, ref.epoch);
    session.deps.emit({
      kind: 'closed',
      terminal: ref.id,
      epoch: ref.epoch,
      ...how,
      workspace: null,
    });
  };

  const follow = () => {
    const at = (pane: { id: string; epoch: number }) => sessions.get(keyOf(pane));
    unsubscribe.push(
      tmux.on('output', (pane) => byPane.get(pane)?.screen.onOutput()),
      tmux.on('title', (pane) => at(pane)?.screen.onOutput()),
      tmux.on('mode', (pane) => at(pane)?.readiness.mode(pane.inMode || pane.inputOff)),
      tmux.on('bracketed', (pane) => at(pane)?.readiness.bracketed(pane.on)),
      tmux.on('dead', (pane) => {
        const session = at(pane);
        if (session) void onDeath(session, describeDeath(pane), crashOf(pane));
      }),
      tmux.on('gone', (pane) => {
        const session = at(pane);
        if (session) void onDeath(session, pane.reason, null);
      }),
    );
  };

  /** At once for all panes: what tmux tells of one from now on finds its session. @returns null for a stranger's. */
  const takeOver = (pane: PaneState): TerminalSession | null => {
    const record = readRecord(files, pane.id, pane.epoch);
    if (!record || !options.providers[record.provider]) {
      log.warn(
        { terminal: pane.id, epoch: pane.epoch },
        'a pane without a record of this host: it is reported and left alone',
      );
      return null;
    }
    const provider = options.providers[record.provider]!;
    return make(pane, record, record.agent ?? provider.initial, pane, true);
  };

  const settleIn = async (pane: PaneState, session: TerminalSession) => {
    if (pane.dead) {
      const death = { status: pane.deadStatus, signal: pane.deadSignal, lastScreen: '' };
      return onDeath(session, describeDeath(death), crashOf(death));
    }
    await catchUp(session, pane);
    session.approvals.tellAgain();
  };

  const close = async (command: Extract<LinkCommand, { do: 'close' }>): Promise<CommandResult<'close'>> => {
    const pane = (await tmux.list()).find(
      (one) => one.id === command.terminal && one.epoch === command.epoch,
    );
    const ref = { id: command.terminal, epoch: command.epoch };
    if (endings.has(ref)) return { closed: !command.final };
    const session = sessions.get(keyOf(ref));
    const record = session?.record ?? readRecord(files, ref.id, ref.epoch);
    const how = { reason: command.reason, failure: null };
    workspaces.cancel(command);
    // Dropped first: its death is the answer to this command and no news of its own.
    if (session) drop(session);
    if (command.final) endings.mark(record, how);
    if (pane) {
      const pids = pane.dead ? [] : await processTree(pane.pid);
      await tmux.close(pane);
      await endProcesses(pids);
      options.limiter.leave(`${command.terminal}-${command.epoch}`);
    }
    // One that never got as far as a pane may have its worktree.
    const workspace = record ? record.workspace : workspaces.has(ref.id) ? ref.id : null;
    if (command.final && workspace) {
      endings.finish(ref, workspace, how);
      return { closed: false };
    }
    removeTerminalDir(files, command.terminal, command.epoch);
    return { closed: true };
  };

  const start = async (command: Extract<LinkCommand, { do: 'start' }>): Promise<CommandResult<'start'>> => {
    const known = sessions.get(keyOf({ id: command.terminal, epoch: command.epoch }));
    if (known) return started(known.record, true);
    disk.check();
    if (command.leased && !options.mayRun())
      throw new CaoError('unavailable', 'this host has no lease yet; it gets one with its next beat');
    const detected = options.detected.get(command.provider);
    if (!detected) throw new CaoError('conflict', `${command.provider} is not installed on this host`);
    const arrived = command.checkpoint && (await checkpoints.arrived(command, command.checkpoint));
    if (command.checkpoint && !arrived) return { missing: 'checkpoint' };
    if (arrived) await failpoint('agent.checkpoint.after-arrival');
    const made =
      command.workspace && workspaces.prepare(command, command.workspace, cameWith(command, arrived));
    if (made && 'preparing' in made) return made;
    if (command.resume && command.checkpoint?.conversation) {
      const cwd = made?.path ?? command.cwd ?? options.defaultCwd;
      if (!isSameFolder(cwd, command.checkpoint.cwd))
        return {
          unresumable: `it was held in ${command.checkpoint.cwd}, and here its agent works in ${cwd}`,
        };
    }
    const workspace = command.workspace && ownerOf(command.workspace.branch);
    if (workspace) starting.add(workspace);
    const isBorn = transcripts.expectBirth();
    try {
      await options.setUp(detected);
      const { ref, record } = await birthOf(
        { ...options, detected },
        command,
        made?.path ?? null,
        arrived?.conversation ?? null,
      );
      const pane = { inMode: false, bracketed: false };
      make(ref, record, detected.provider.initial, pane, ref.adopted);
      if (arrived) checkpoints.forget(command);
      return started(record, ref.adopted);
    } finally {
      isBorn();
      if (workspace) starting.delete(workspace);
    }
  };

  /** Its pane ends first: nobody writes any more into what is packed. */
  const takeCheckpoint = async (
    command: Extract<LinkCommand, { do: 'checkpoint' }>,
  ): Promise<CommandResult<'checkpoint'>> => {
    const { terminal, epoch, provider: id, native_session_id: native, cwd } = command;
    await close({ do: 'close', terminal, epoch, reason: 'it goes on at another host' });
    const provider = options.providers[id];
    const conversation = provider && cwd !== null ? conversationOf(options, provider, native, cwd) : null;
    const made = await checkpoints.make(command, conversation, (bundle) => workspaces.pack(terminal, bundle));
    await failpoint('agent.checkpoint.after-make');
    return made;
  };

  const endLeased = async (session: TerminalSession) => {
    const { id, epoch } = session.ref;
    log.warn(
      { terminal: id, epoch },
      'no link for too long: this terminal is ended, it may run elsewhere by now',
    );
    await close({ do: 'close', terminal: id, epoch, reason: 'its lease ran out' });
    session.deps.emit({ kind: 'lease_expired', terminal: id, epoch });
  };

  const run = async (command: HostCommand): Promise<unknown> => {
    switch (command.do) {
      case 'start':
        return start(command);
      case 'close':
        return close(command);
      case 'report':
        return { panes: await report() };
      case 'workspaces':
        return { workspaces: await workspaces.list() };
      case 'collect':
        return workspaces.collect({ days: command.days, dryRun: command.dry_run });
      case 'remove_workspace':
        return {
          workspace: await workspaces.remove(command.workspace, {
            force: command.force,
            dryRun: command.dry_run,
          }),
        };
      case 'deliver':
        await failpoint('agent.deliver.before');
        return deliver(mustGet(command), command);
      case 'keys':
        await tmux.keys(mustGet(command).ref, command.keys);
        return { ok: true };
      case 'answer':
        return answer(mustGet(command), command);
      case 'capture': {
        const { ref, transcript } = mustGet(command);
        const captured = await tmux.capture(ref, command.mode === 'full' ? { history: 'all' } : {});
        return { output: withoutColours(transcript.redact(captured)) };
      }
      case 'transcript':
        return transcripts.read(command);
      case 'checkpoint':
        return takeCheckpoint(command);
      case 'read_checkpoint':
        return { data: checkpoints.read(command, command.from) };
      case 'write_checkpoint':
        checkpoints.write(command);
        return { ok: true };
    }
  };

  const report = async (): Promise<PaneReport[]> => [
    ...(await tmux.list()).map((pane) => {
      const session = sessions.get(keyOf(pane));
      return {
        terminal: pane.id,
        epoch: pane.epoch,
        seq: pane.seq,
        sent: pane.sent,
        dead: pane.dead,
        status: session?.agent.status ?? 'unknown',
        source: session?.agent.source ?? 'none',
        evidence:
          session?.transcript.redact(session.agent.evidence).slice(0, 400) ??
          'its record is missing on this host',
        token_hash: session ? tokenHash(session.record.token) : null,
        cwd: session?.record.cwd ?? '',
        approval: session?.approvals.open()?.id ?? null,
      };
    }),
    ...endings.report(),
  ];

  return {
    async adopt() {
      follow();
      const over = endings.marked();
      for (const pane of await tmux.list())
        if (over.some((record) => keyOf(record) === keyOf(pane))) await tmux.close(pane);
      const panes = await tmux.list();
      removeStaleDirs(files, [...panes, ...over]);
      for (const record of over) endings.finish(record, record.workspace!, record.ending!);
      const found = panes.map((pane) => ({ pane, session: takeOver(pane) }));
      // One terminal that cannot be taken over costs that terminal and no other.
      for (const { pane, session } of found)
        if (session)
          await settleIn(pane, session).catch((error) =>
            log.error({ err: error, terminal: pane.id }, 'a pane could not be taken over'),
          );
      transcripts.settle();
    },
    report,
    byToken: (token) => [...sessions.values()].find((session) => session.record.token === token),
    get,
    worksIn: (workspace) =>
      starting.has(workspace) || [...sessions.values()].some(({ record }) => record.workspace === workspace),
    inTurn: () =>
      [...sessions.values()]
        .filter(({ agent, flight }) => flight !== null || isInTurn(agent.status))
        .map(({ ref }) => ref.id),
    run: run as HostSessions['run'],
    endLeased() {
      for (const session of sessions.values())
        if (session.record.leased)
          endLeased(session).catch((error) => log.error({ err: error }, 'a terminal could not be ended'));
    },
    release() {
      for (const session of sessions.values()) session.approvals.release();
    },
    stop() {
      for (const end of unsubscribe) end();
      for (const session of sessions.values()) session.end();
    },
  };
}

const started = (record: TerminalRecord, adopted: boolean): CommandResult<'start'> => ({
  token_hash: tokenHash(record.token),
  cwd: record.cwd,
  adopted,
  only_asked: [...record.onlyAsked],
});
