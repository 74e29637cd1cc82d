import { createHash } from 'node:crypto';
import {
  type AgentEvent,
  type CommandResult,
  type LinkCommand,
  type PaneReport,
  type TerminalStatus,
  takesInput,
} from '@cao/contracts';
import { newSecret } from '@cao/runtime';

/** How long each turn takes. Units: ms. */
const TURN_MS = 50;
const SOURCE = 'simulated';

type Start = Extract<LinkCommand, { do: 'start' }>;
type Deliver = Extract<LinkCommand, { do: 'deliver' }>;

/** A pane and its CLI as the api hears of them, and nothing behind: every prompt is taken at once and answered after 50 ms. */
export class SimulatedTerminal {
  readonly id: string;
  readonly epoch: number;
  readonly tokenHash = createHash('sha256').update(newSecret('caop')).digest('hex');
  status: TerminalStatus = 'starting';
  #seq = 0;
  #refused = false;
  #turn: NodeJS.Timeout | undefined;
  readonly #emit: (event: AgentEvent) => void;

  constructor(command: Start, emit: (event: AgentEvent) => void) {
    this.id = command.terminal;
    this.epoch = command.epoch;
    this.#emit = emit;
  }

  get #of(): { terminal: string; epoch: number } {
    return { terminal: this.id, epoch: this.epoch };
  }

  report(): PaneReport {
    return {
      ...this.#of,
      seq: this.#seq,
      sent: this.#seq,
      dead: false,
      status: this.status,
      source: SOURCE,
      evidence: '',
      token_hash: this.tokenHash,
      cwd: '/',
      approval: null,
    };
  }

  /** The CLI draws its input box. */
  boot(): void {
    this.#tell('idle');
  }

  deliver(command: Deliver): CommandResult<'deliver'> {
    const cursor = { seq: this.#seq, sent: this.#seq };
    if (command.seq === this.#seq) {
      this.#emit({ kind: 'accepted', ...this.#of, seq: command.seq, now: null });
      return { outcome: 'pasted' };
    }
    if (command.prev !== this.#seq) return { outcome: 'refused', reason: 'cursor', cursor };
    if (!takesInput(this.status)) {
      this.#refused = true;
      return { outcome: 'refused', reason: 'busy', cursor };
    }
    this.#seq = command.seq;
    // Behind the answer to the command, as the word of a CLI always is.
    setImmediate(() => {
      this.status = 'processing';
      const now = { status: this.status, source: SOURCE, evidence: '' };
      this.#emit({ kind: 'accepted', ...this.#of, seq: command.seq, now });
      this.#turn = setTimeout(() => this.endTurn(), TURN_MS);
    });
    return { outcome: 'pasted' };
  }

  /** Until somebody ends it. */
  beginTurn(): void {
    clearTimeout(this.#turn);
    this.#tell('processing');
  }

  endTurn(): void {
    clearTimeout(this.#turn);
    this.status = 'completed';
    this.#emit({
      kind: 'turn_ended',
      ...this.#of,
      answer: 'done',
      background: false,
      error: null,
      failure: null,
      now: { status: 'completed', source: SOURCE, evidence: '' },
    });
    if (this.#refused) this.#emit({ kind: 'ready', ...this.#of });
    this.#refused = false;
  }

  #tell(status: TerminalStatus): void {
    this.status = status;
    this.#emit({ kind: 'status', ...this.#of, status, source: SOURCE, evidence: '' });
  }
}
