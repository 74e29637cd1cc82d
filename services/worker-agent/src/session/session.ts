import type { AgentEvent, RefusalReason } from '@cao/contracts';
import type { AgentState, Effect, Provider, ScreenReading, Signal, Step } from '@cao/providers';
import { failpoint, type Logger } from '@cao/runtime';
import type { PaneRef, PaneState, TerminalServer } from '@cao/terminal';
import type { Disk } from '../state/disk.ts';
import type { StateFiles } from '../state/files.ts';
import { redactDeep } from '../transcript/redact.ts';
import type { Transcript } from '../transcript/transcript.ts';
import { type Approvals, makeApprovals } from './approvals.ts';
import { shownOn, showsApproval } from './dialog.ts';
import { type Flight, flightOf } from './flight.ts';
import { allowGranted } from './granted.ts';
import { type Readiness, readiness } from './readiness.ts';
import { type TerminalRecord, writeRecord } from './record.ts';
import { openRecorder, type Recorder } from './recorder.ts';
import { type Look, type ScreenWatch, watchScreen } from './screen-watch.ts';
import { logSize } from './session-log.ts';
import { openSources, type Sources } from './sources.ts';
import { makeStir } from './stir.ts';
import { makeTeller, type Teller, type Told, type TurnEnd, toldOf } from './teller.ts';
import { type TroubleWatch, watchTrouble } from './trouble.ts';

/**
 * A CLI whose word that it is up was lost, but whose screen has plainly waited for input this long, is up: longer than
 * any start that was seen between the box and the word. Units: ms.
 */
const READY_BY_SCREEN_MS = 10_000;
export interface SessionDeps {
  readonly tmux: TerminalServer;
  readonly disk: Disk;
  readonly files: StateFiles;
  readonly log: Logger;
  /** Where what the CLIs say is written down; null: nowhere. */
  readonly recordDir: string | null;
  /** Spools the event, then sends it. */
  readonly emit: (event: AgentEvent) => void;
}

/**
 * One terminal's life on this host: listens to what its CLI says, knows whether it takes input, and tells the api.
 *
 *   signals ──▶ provider.next ──▶ state + effects ──▶ events      (in the order in which they happened)
 *   refusal ──▶ whatever ends it is noticed ──▶ `ready`           (so that nobody has to poll)
 */
export class TerminalSession {
  readonly ref: PaneRef;
  readonly provider: Provider;
  readonly deps: SessionDeps;
  /** Resolves waiters at every change: a signal, a settled screen, a mode, the end. */
  readonly stir = makeStir();
  readonly transcript: Transcript;
  record: TerminalRecord;
  agent: AgentState;
  flight: Flight | null = null;
  readonly readiness: Readiness;
  readonly screen: ScreenWatch;
  readonly sources: Sources;
  readonly teller: Teller;
  readonly trouble: TroubleWatch;
  /** Tool calls that wait for their answer. */
  openCalls = 0;
  readonly approvals: Approvals;
  /** The newest of its record is on disk. */
  isRecorded = true;
  ended = false;
  /** What was on its screen at the last look, settled or not. */
  #seen: Look | null = null;
  #refusal: RefusalReason | null = null;
  #rechecking = false;
  #starting: NodeJS.Timeout | undefined;
  readonly #recorder: Recorder | null;
  readonly #unfollowDisk: () => void;

  constructor(
    deps: SessionDeps,
    born: {
      ref: PaneRef;
      transcript: Transcript;
      record: TerminalRecord;
      provider: Provider;
      agent: AgentState;
      inMode: boolean;
      bracketed: boolean;
    },
  ) {
    this.transcript = born.transcript;
    // What its CLI says of itself leaves the host without its secrets.
    this.deps = { ...deps, emit: (event) => deps.emit(redactDeep(event, born.transcript.redact)) };
    this.ref = born.ref;
    this.record = born.record;
    this.provider = born.provider;
    this.teller = makeTeller(born.ref, born.provider.failure, this.deps);
    this.#recorder =
      deps.recordDir === null
        ? null
        : openRecorder(deps.recordDir, {
            terminal: born.ref.id,
            epoch: born.ref.epoch,
            provider: born.provider.id,
            secret: born.record.token,
            log: deps.log,
          });
    this.agent = withKnownApproval(born.agent, born.record);
    this.approvals = makeApprovals({
      record: () => this.record,
      update: (change) => this.updateRecord(change),
      tell: (event) => this.teller.tell(event),
      shows: (approval) =>
        this.#seen !== null && showsApproval(this.#seen.screen, this.#seen.reading, approval),
    });
    this.sources = openSources({
      terminal: born.ref.id,
      provider: born.provider,
      log: deps.log,
      record: () => this.record,
      signal: (signal) => void this.onSignal(signal),
      // Behind what those lines gave to tell.
      readUpTo: (logOffset) => this.teller.then(() => this.updateRecord({ logOffset })),
    });
    this.screen = watchScreen({
      agent: () => this.agent,
      look: () => this.#lookAtScreen(),
      saw: (look, drawn) => this.#sawScreen(look, drawn),
      failed: (error) => deps.log.debug({ err: error, terminal: born.ref.id }, 'a look at the screen failed'),
    });
    this.trouble = watchTrouble({
      failure: born.provider.failure,
      agent: () => this.agent,
      openCalls: () => this.openCalls,
      tell: (failure) => this.teller.tell({ kind: 'trouble', failure }),
    });
    this.readiness = readiness(
      {
        submit: born.provider.submit,
        agent: () => this.agent,
        disk: () => deps.disk.trouble()?.condition ?? null,
        ended: () => this.ended,
        readScreen: this.readScreen,
        bracketedNow: async () => (await this.pane())?.bracketed ?? false,
        changed: () => this.#changed(),
      },
      born,
    );
    this.#unfollowDisk = deps.disk.follow(() => this.#changed());
  }

  /** Begins to listen. What the log says since it was last read is heard first. */
  listen(): void {
    this.sources.follow();
    if (this.agent.approval?.granted) void allowGranted(this, this.agent.approval);
    if (!this.agent.ready) this.#starting = setTimeout(() => void this.#readyByScreen(), READY_BY_SCREEN_MS);
  }

  /** `heard`: when the CLI said it, or began to draw it. Units: ms since the epoch. */
  onSignal(signal: Signal, heard = Date.now()): Step | undefined {
    if (this.ended) return undefined;
    if (signal.source !== 'screen') {
      this.#recorder?.signal(signal);
      this.trouble.alive();
    }
    const step = this.provider.next(this.agent, signal);
    this.become(step.state, step.effects, heard);
    return step;
  }

  /**
   * @param gone the CLI no longer waits for the answer
   * @returns what the hook is to be answered with: at once, or when the prompt that it announces is decided.
   */
  onHook(name: string, body: Readonly<Record<string, unknown>>, gone: AbortSignal): unknown {
    const step = this.onSignal({ source: 'hook', name, body });
    return step?.holds ? this.approvals.hold(gone) : step?.reply;
  }

  /** What the CLI is now, and what it did on the way there: told, and remembered for the next life of this process. */
  become(state: AgentState, effects: readonly Effect[], heard = Date.now()): void {
    const before = this.agent;
    this.agent = state;
    const isNew = state.status !== before.status;
    const ends = effects.some(({ kind }) => kind === 'turn_ended');
    if (isNew && !ends) this.#recorder?.became(state.status, heard);
    if (state.ready && !before.ready) this.readiness.becameReady();
    if (state.boxComes && !before.boxComes) this.screen.hurry();
    const asks = state.approval;
    // What is allowed beforehand is nobody's question.
    if (asks !== before.approval)
      this.approvals.follow(asks?.granted ? { ...state, approval: null } : state, effects);
    let untold = isNew ? toldOf(state) : null;
    for (const effect of effects)
      if (effect.kind !== 'accepted') this.#onEffect(effect, isNew ? heard : null);
      else if (this.flight && this.provider.submit.isSamePrompt(effect.prompt, this.flight.pasted)) {
        // Both at once, unless it is what the end of a turn is told with.
        this.accept(this.flight, ends ? null : untold);
        if (!ends) untold = null;
      }
    if (untold) this.teller.tell({ kind: 'status', ...untold });
    if (state !== before) this.trouble.became(state);
    // Behind what there is to tell: one who dies in between tells it again, and not never.
    if (state !== before) this.teller.then(() => this.updateRecord({ agent: state }));
    if (asks?.granted && asks !== before.approval) void allowGranted(this, asks);
    this.#changed();
  }

  /** The pane is no more, or is being closed: whoever waits for it stops. */
  end(): void {
    this.ended = true;
    this.#unfollowDisk();
    this.screen.stop();
    this.trouble.stop();
    clearTimeout(this.#starting);
    this.sources.stop();
    this.approvals.release();
    this.stir.now();
  }

  readScreen = async (): Promise<ScreenReading> =>
    this.provider.readScreen(await this.deps.tmux.screen(this.ref));

  /** What tmux knows of it now; undefined when it is gone. */
  async pane(): Promise<PaneState | undefined> {
    const panes = await this.deps.tmux.list();
    return panes.find((pane) => pane.id === this.ref.id && pane.epoch === this.ref.epoch);
  }

  /** Remembers a refusal; when its reason is gone, `ready` is sent. */
  refused(reason: RefusalReason): void {
    this.#refusal = reason;
    this.#changed();
  }

  startFlight(flight: { seq: number; text: string; logOffset: number }): Flight {
    this.flight = flightOf(flight);
    this.updateRecord({ inFlight: flight });
    return this.flight;
  }

  /** The proof came: tells the api, once. @param now what the terminal is since, if that is news */
  accept(flight: Flight, now: Told | null = null): void {
    if (this.#land(flight)) this.teller.tell({ kind: 'accepted', seq: flight.seq, now });
  }

  /** The api has not heard of a proof that was told before. */
  tellAgain(seq: number): void {
    this.teller.tell({ kind: 'accepted', seq, now: null });
  }

  /** No proof, and the input line is clean again. */
  giveUp(flight: Flight): void {
    if (this.flight !== flight) return;
    this.flight = null;
    this.updateRecord({ inFlight: null });
    this.teller.tell({ kind: 'not_accepted', seq: flight.seq });
  }

  /** Text that can neither be submitted nor removed: nothing more is typed here, and everybody sees why. */
  markStuck(evidence: string): void {
    this.readiness.stuck();
    this.agent = { ...this.agent, status: 'error', source: 'screen', evidence: `input_stuck: ${evidence}` };
    this.teller.tell({ kind: 'status', ...toldOf(this.agent) });
  }

  updateRecord(change: Partial<TerminalRecord>): void {
    this.record = { ...this.record, ...change };
    this.isRecorded = writeRecord(this.deps.files, this.record);
  }

  #onEffect(effect: Exclude<Effect, { kind: 'accepted' }>, heard: number | null): void {
    const now = toldOf(this.agent);
    switch (effect.kind) {
      case 'session':
        this.#onNativeSession(effect);
        return;
      case 'usage':
        this.teller.tell({ kind: 'usage', usage: effect.usage });
        return;
      case 'request':
        void this.sources.ask({ kind: 'socket', message: effect.message });
        return;
      case 'turn_ended':
        this.teller.then(() => this.#tellTurnEnd(effect, now, heard));
    }
  }

  #onNativeSession({ nativeId, logPath }: Extract<Effect, { kind: 'session' }>): void {
    const known = this.record.nativeSessionId;
    if (nativeId !== '' && nativeId !== known) this.teller.tell({ kind: 'session', native_id: nativeId });
    const found = logPath !== null && logPath !== this.record.logPath;
    this.updateRecord({
      logPath: logPath ?? this.record.logPath,
      ...(found && this.record.resumed ? { logOffset: logSize(logPath) } : {}),
      nativeSessionId: nativeId || known,
    });
    this.sources.follow();
  }

  /** `heard`: when the CLI said that it is over, if that was news. */
  async #tellTurnEnd(turn: TurnEnd, now: Told, heard: number | null): Promise<void> {
    void failpoint('agent.turn-end.before-tell');
    const { flight } = this;
    // A proof that was lost on the way must be told before its turn is over: the log has it.
    if (flight && this.provenByLog(flight) && this.#land(flight))
      this.deps.emit({
        kind: 'accepted',
        terminal: this.ref.id,
        epoch: this.ref.epoch,
        seq: flight.seq,
        now: null,
      });
    const answer = turn.answer ?? (await this.sources.lastAnswer(this.agent));
    // An API that is asked for the answer has said all only with that.
    const isAsked = turn.answer === null && this.provider.api?.kind === 'http';
    if (heard !== null) this.#recorder?.became(now.status, isAsked ? Date.now() : heard);
    this.teller.turnEnd(turn, answer, now);
  }

  /** Whether the session log, since the paste, says that the CLI took this text. */
  provenByLog(flight: Flight): boolean {
    const prompts = this.provider.log?.prompts(flight.logLines(this.record.logPath)) ?? [];
    return prompts.some((prompt) => this.provider.submit.isSamePrompt(prompt, flight.pasted));
  }

  /** @returns false when somebody else landed it first. */
  #land(flight: Flight): boolean {
    if (this.flight !== flight) return false;
    this.flight = null;
    flight.land();
    this.updateRecord({ inFlight: null, provenSeq: flight.seq });
    return true;
  }

  async #readyByScreen(): Promise<void> {
    if (this.ended || this.agent.ready) return;
    const reading = await this.readScreen().catch(() => null);
    if (this.agent.ready) return;
    if (reading?.status === 'idle' && reading.input === 'empty')
      this.become(
        { ...this.agent, status: 'idle', source: 'screen', evidence: reading.evidence, ready: true },
        [],
      );
    else this.#starting = setTimeout(() => void this.#readyByScreen(), READY_BY_SCREEN_MS);
  }

  async #lookAtScreen(): Promise<Look> {
    this.sources.look();
    // It drew something: it lives.
    this.trouble.alive();
    const screen = await this.deps.tmux.screen(this.ref);
    this.#seen = { screen, reading: this.provider.readScreen(screen) };
    return this.#seen;
  }

  /** Somebody acts on what the screen shows: from here on it is known to have been there, however soon it goes. */
  acts(look: Look): void {
    this.#seen = look;
    this.#sawScreen(look, Date.now());
  }

  #sawScreen({ screen, reading }: Look, drawn: number): boolean {
    const shown = shownOn(screen, reading);
    if (this.approvals.isBehind(shown) && !this.agent.approval) return false;
    this.#recorder?.look(screen, reading, drawn);
    this.onSignal({ source: 'screen', reading }, drawn);
    this.approvals.saw(shown.dialog);
    this.trouble.looked(reading);
    return true;
  }

  #changed(): void {
    this.stir.now();
    if (this.#refusal !== null && !this.#rechecking) void this.#recheck();
  }

  async #recheck(): Promise<void> {
    this.#rechecking = true;
    try {
      // The state may change while the screen is read: looked at again until a look saw no change.
      for (let seen = -1; this.#refusal !== null && seen !== this.stir.count(); ) {
        seen = this.stir.count();
        if (this.flight === null && (await this.readiness.whyNot()) === null) {
          this.#refusal = null;
          this.teller.tell({ kind: 'ready' });
        }
      }
    } catch (error) {
      this.deps.log.debug({ err: error, terminal: this.ref.id }, 'readiness could not be checked');
    } finally {
      this.#rechecking = false;
    }
  }
}

/** A prompt is remembered when it appears, the state a moment later: one who died in between knows it all the same. */
function withKnownApproval(agent: AgentState, { approval }: TerminalRecord): AgentState {
  if (!approval) return agent.approval ? { ...agent, approval: null } : agent;
  return { ...agent, status: 'waiting_user_answer', approval: approval.approval };
}
