import { type AgentEvent, CaoError, type DownFrame, type LinkCommand, toErrorBody } from '@cao/contracts';
import { type Logger, silentLogger } from '@cao/runtime';
import { now, type Seen } from '../../../../test/support/fleet/protocol.ts';
import { agentEnvFrom } from '../../src/env.ts';
import { identify } from '../../src/host/identity.ts';
import { type Dialled, dial, type Welcome } from '../../src/link/dial.ts';
import { makeEvents } from '../../src/link/events.ts';
import { openSpool } from '../../src/link/spool.ts';
import { watchDisk } from '../../src/state/disk.ts';
import { SimulatedTerminal } from './simulated-terminal.ts';

export interface SimulatedHost {
  readonly terminals: ReadonlyMap<string, SimulatedTerminal>;
  readonly linked: boolean;
  /** All that it told of messages is committed. */
  readonly acked: boolean;
  dial(): void;
  stop(): Promise<void>;
}

export interface SimulatedHostOptions {
  readonly apiUrl: string;
  readonly stateDir: string;
  /** Of this machine's run, as far as the api knows. */
  readonly boot: string;
  readonly seen: Seen;
  /** Called when it is welcomed, or something of it acked. */
  onNews(): void;
}

/**
 * One host: the worker-agent's own dialling and spool (a file each), and simulated terminals where it has tmux. Without leases:
 * no session of a fleet asks to be restarted elsewhere.
 */
export async function simulatedHost({ seen, ...options }: SimulatedHostOptions): Promise<SimulatedHost> {
  const { apiUrl, stateDir, boot } = options;
  const env = agentEnvFrom({ CAO_API_URL: apiUrl, CAO_STATE_DIR: stateDir, HOME: stateDir, PATH: '/' });
  const identity = await identify(env, boot);
  const spool = openSpool({ stateDir, disk: watchDisk(stateDir, silentLogger), log: silentLogger });
  const terminals = new Map<string, SimulatedTerminal>();
  /** By number of the event that says it was taken. */
  const proofs = new Map<number, [id: string, delivered: number]>();
  const inHand = new Map<string, { seq: number; id: string; at: number }>();
  let link: Dialled | undefined;
  let linked = false;
  let beat: NodeJS.Timeout | undefined;
  let progress = 0;

  const events = makeEvents(spool, ({ n, at, event }) => link?.send({ t: 'event', n, at, event }));
  const emit = (event: AgentEvent) => {
    events.emit(event);
    if (event.kind !== 'accepted') return;
    const message = inHand.get(event.terminal);
    if (message?.seq === event.seq) proofs.set(spool.last(), [message.id, message.at]);
    inHand.delete(event.terminal);
  };
  const onAck = (n: number) => {
    events.ack(n);
    for (const [told, proof] of proofs) {
      if (told > n) break; // in the order in which they were told
      proofs.delete(told);
      seen.messages.push([...proof, now()]);
    }
    options.onNews();
  };
  const onWelcome = (welcome: Welcome) => {
    linked = true;
    seen.welcomed.push(now());
    events.begin(welcome.acked);
    options.onNews();
    const sendBeat = () =>
      link?.send({ t: 'beat', progress: ++progress, rss_bytes: process.memoryUsage.rss() });
    clearInterval(beat);
    sendBeat();
    beat = setInterval(sendBeat, welcome.beat_ms);
  };

  const run = (command: LinkCommand): unknown => {
    if (command.do === 'report') return { panes: [...terminals.values()].map((one) => one.report()) };
    if (command.do === 'start') {
      const known = terminals.get(command.terminal);
      const adopted = known?.epoch === command.epoch;
      const terminal = adopted ? known : new SimulatedTerminal(command, emit);
      terminals.set(command.terminal, terminal);
      if (!adopted) setImmediate(() => terminal.boot());
      return { token_hash: terminal.tokenHash, cwd: '/', adopted };
    }
    if (!('terminal' in command)) throw new CaoError('unsupported', `a simulated host cannot ${command.do}`);
    const terminal = terminals.get(command.terminal);
    if (terminal?.epoch !== command.epoch) {
      if (command.do === 'close') return { closed: true };
      throw new CaoError('gone', `terminal ${command.terminal} does not run on this host`);
    }
    switch (command.do) {
      case 'deliver':
        inHand.set(command.terminal, { seq: command.seq, id: command.message_id, at: now() });
        return terminal.deliver(command);
      case 'close':
        terminals.delete(command.terminal);
        return { closed: true };
      case 'keys':
        return { ok: true };
      case 'capture':
        return { output: '' };
      case 'transcript':
        throw new CaoError('unsupported', 'a simulated terminal writes nothing');
      case 'answer':
        return { outcome: 'gone' };
    }
  };
  const onFrame = (frame: Exclude<DownFrame, { t: 'welcome' | 'challenge' }>) => {
    if (frame.t === 'ack') onAck(frame.n);
    if (frame.t !== 'command') return;
    try {
      link?.send({ t: 'done', id: frame.id, ok: true, result: run(frame.command) });
    } catch (error) {
      const { code, message } = toErrorBody(error as CaoError).error;
      link?.send({ t: 'done', id: frame.id, ok: false, error: { code, message } });
    }
  };

  /** Each loss of a link, and each dial that came to nothing, is told before the next dial. */
  const log: Logger = Object.assign(Object.create(silentLogger) as Logger, {
    info: () => {
      linked = false;
      seen.failed.push(now());
    },
  });

  return {
    terminals,
    get linked() {
      return linked;
    },
    get acked() {
      return proofs.size === 0;
    },
    dial() {
      link = dial({
        apiUrl,
        log,
        hello: async (nonce) => ({
          t: 'hello',
          host_id: identity.hostId,
          instance: identity.instance,
          proof: identity.prove(nonce),
          agent_version: 'simulated',
          machine_boot: boot,
          os: 'linux',
          arch: 'x64',
          providers: [{ id: 'scripted', title: 'Simulated', version: '1', resumes: false, login: 'unknown' }],
          attach: 'true',
          warm: [],
          health: null,
          panes: [...terminals.values()].map((one) => one.report()),
          spool: { id: spool.id, last: spool.last() },
        }),
        onWelcome,
        onFrame,
        onRevoked: (reason) => {
          throw new Error(`a simulated host was refused: ${reason}`);
        },
      });
    },
    async stop() {
      clearInterval(beat);
      await link?.stop();
    },
  };
}
