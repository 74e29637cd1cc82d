import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { HostUpgrade } from '@cao/contracts';
import type { Logger } from '@cao/runtime';
import type { Disk } from '../state/disk.ts';
import type { StateFiles } from '../state/files.ts';
import type { TextRedactor } from '../transcript/redact.ts';

export interface Upgrade {
  /** Begins one; while one is under way, tells how far it is. @throws CaoError unavailable while the disk takes no writes */
  ask(): HostUpgrade;
  /** Something has changed: perhaps no terminal is in the middle of a turn any more. */
  look(): void;
  stop(): void;
}

export interface UpgradeOptions {
  readonly disk: Disk;
  readonly files: StateFiles;
  readonly version: string;
  /** Puts the new program in the place of the old one: a line of shell. Null: somebody else does. */
  readonly command: string | null;
  /** Of that line, and of the new program when it is tried. */
  readonly env: Readonly<Record<string, string>>;
  readonly log: Logger;
  readonly redact: TextRedactor;
  /** Terminals in the middle of a turn. */
  inTurn(): readonly string[];
  /** A command of the api is being carried out. */
  busy(): boolean;
  tell(upgrade: HostUpgrade): void;
  restart(why: string): void;
}

/** Units: ms, bytes, characters. */
const COMMAND_MS = 30 * 60_000;
const TRIAL_MS = 60_000;
const MAX_OUTPUT = 16 * 1024 * 1024;
const MAX_NOTE = 1_000;
/** Whom it waits for changes with every turn of a busy host, and is told only so often. Units: ms. */
const TELL_AGAIN_MS = 10_000;

const run = promisify(execFile);

/** One at a time, and never in the middle of a turn: a killed worker-agent loses nothing either, but people would wait for it. */
export function makeUpgrade(options: UpgradeOptions): Upgrade {
  const file = join(options.files.dir, 'upgrade.json');
  const stopped = new AbortController();
  let now: HostUpgrade | null = null;
  let looking = false;
  let toldAt = 0;

  const become = (next: HostUpgrade) => {
    now = next;
    toldAt = performance.now();
    if (next.state === 'done' || next.state === 'failed') options.files.remove(file);
    else options.files.write(file, next);
    options.log.info(next, 'upgrade');
    options.tell(next);
  };

  const left = options.files.read<HostUpgrade>(file);
  if (left?.state === 'restarting') become({ ...left, state: 'done', to: options.version });
  else if (left) become({ ...left, state: 'failed', note: 'the worker-agent ended before it was ready' });

  const prepare = async (asked: HostUpgrade) => {
    try {
      if (options.command !== null)
        await run('sh', ['-c', options.command], {
          env: options.env,
          timeout: COMMAND_MS,
          maxBuffer: MAX_OUTPUT,
          signal: stopped.signal,
        });
      const to = await tryProgram(options.env, stopped.signal);
      become({ ...asked, state: 'waiting', to, waits_for: [...options.inTurn()] });
      look();
    } catch (error) {
      if (stopped.signal.aborted) return;
      become({ ...asked, state: 'failed', note: options.redact(reasonOf(error)).slice(-MAX_NOTE) });
    }
  };

  const goIfQuiet = () => {
    looking = false;
    // What only memory has would not live on.
    if (now?.state !== 'waiting' || options.busy() || options.disk.trouble()) return;
    const waitsFor = [...options.inTurn()];
    if (waitsFor.length === 0) {
      become({ ...now, state: 'restarting', waits_for: [] });
      return options.restart(`upgrade from ${now.from} to ${now.to}`);
    }
    if (waitsFor.join() !== now.waits_for.join() && performance.now() - toldAt > TELL_AGAIN_MS)
      become({ ...now, waits_for: waitsFor });
  };
  // Once for what happens together, and after it is done.
  const look = () => {
    if (looking || now?.state !== 'waiting') return;
    looking = true;
    setImmediate(goIfQuiet);
  };

  return {
    ask() {
      if (now?.state === 'waiting') return { ...now, waits_for: [...options.inTurn()] };
      if (now?.state === 'preparing' || now?.state === 'restarting') return now;
      options.disk.check();
      const asked: HostUpgrade = {
        state: 'preparing',
        from: options.version,
        to: null,
        note: '',
        waits_for: [],
      };
      become(asked);
      void prepare(asked);
      return asked;
    },
    look,
    stop: () => stopped.abort(),
  };
}

/** Loads all of the program that is on the disk now. @returns its version */
async function tryProgram(env: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string> {
  const argv = [...process.execArgv, process.argv[1]!, '--version'];
  const { stdout } = await run(process.execPath, argv, { env, timeout: TRIAL_MS, signal });
  return stdout.trim().slice(0, 128);
}

/** What a program that failed has said at its end. */
function reasonOf(error: unknown): string {
  const { message, stderr = '', stdout = '' } = error as Error & { stderr?: string; stdout?: string };
  const said = (stderr.trim() || stdout.trim()).slice(-MAX_NOTE);
  return said ? `${message.split('\n')[0]}: ${said}` : message;
}
