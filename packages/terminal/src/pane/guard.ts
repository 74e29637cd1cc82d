import { CaoError } from '@cao/contracts';
import type { Commander } from '../control/connection.ts';
import { tmuxRefused } from '../control/errors.ts';
import { errorOf, type Reply } from '../control/reply.ts';
import type { GuardState, PaneRef } from '../terminal-server.ts';
import { assertRef } from './names.ts';

/** All that decides whether a pane takes text, as one string: `id/epoch/seq/sent/<dead><in mode><input off>/<bracketed>`. */
export const STATE =
  '#{@cao_id}/#{@cao_epoch}/#{@cao_seq}/#{@cao_sent}/#{pane_dead}#{pane_in_mode}#{pane_input_off}/#{@cao_bp}';
export const IDENTITY = '#{@cao_id}/#{@cao_epoch}';
/** The program can be typed to. tmux swallows keys for a pane whose input is off. */
const ALIVE = `${IDENTITY}/#{pane_dead}#{pane_input_off}`;

export interface Condition {
  readonly format: string;
  readonly equals: string;
  /** tmux commands, carried out together or not at all. None has a single quote. */
  readonly commands: readonly string[];
  /** Carried out after the refusal was told. */
  readonly otherwise?: readonly string[];
}

export type Verdict =
  | { readonly ok: true; readonly reply: Reply }
  | { readonly ok: false; readonly state: GuardState | null };

/**
 * One compare-and-set inside tmux. The condition is ONE equality: `#{&&:a,b,c}` of tmux 3.3 takes two operands and is
 * true for `1,0,1`. Unset options are empty strings, so another pane, or none, never equals.
 */
export async function guarded(
  commander: Commander,
  pane: PaneRef,
  condition: Condition,
  atBlock?: () => void,
): Promise<Verdict> {
  assertRef(pane);
  const { format, equals, commands, otherwise = [] } = condition;
  const refuse = [`display-message -p -t ${pane.pane} "refused #{pane_id} ${STATE}"`, ...otherwise];
  const line = `if-shell -F -t ${pane.pane} '#{==:${format},${equals}}' '${commands.join(' ; ')}' '${refuse.join(' ; ')}'`;
  const read = (reply: Reply): Verdict => {
    const first = reply.find((block) => block.lines.length > 0)?.lines[0] ?? '';
    if (first.startsWith('refused ')) return { ok: false, state: parseState(first, pane.pane) };
    const error = errorOf(reply);
    if (error === null) return { ok: true, reply };
    if (/^can't find (pane|window)/.test(error)) return { ok: false, state: null };
    throw tmuxRefused(`act on pane ${pane.pane} of terminal ${pane.id}`, error);
  };
  return commander.run(line, atBlock ? { read, atBlock } : { read });
}

function parseState(line: string, pane: string): GuardState | null {
  const [, found, state = ''] = line.split(' ');
  const [id = '', epoch, seq, sent, flags = '', bracketed] = state.split('/');
  if (found !== pane || id === '') return null;
  return {
    id,
    epoch: Number(epoch),
    seq: Number(seq),
    sent: Number(sent),
    dead: flags.startsWith('1'),
    inMode: flags.slice(1, -1) !== '0',
    inputOff: flags.endsWith('1'),
    bracketed: bracketed === '1',
  };
}

/** For commands without a cursor: what the refusal means as an error. */
export function refusalError(pane: PaneRef, state: GuardState | null): CaoError {
  const name = `terminal ${pane.id} epoch ${pane.epoch}`;
  if (state === null || state.id !== pane.id || state.epoch !== pane.epoch) {
    return new CaoError('gone', `the pane of ${name} is no more`, {
      reason: state ? 'wrong_epoch' : 'no_pane',
    });
  }
  if (state.dead) return new CaoError('conflict', `the program of ${name} has ended`, { reason: 'dead' });
  return new CaoError('conflict', `a person switched off the input of ${name}`, { reason: 'input_off' });
}

/** @throws CaoError when the pane is not that of this id and epoch. */
export async function onPane(
  commander: Commander,
  pane: PaneRef,
  commands: readonly string[],
  options: { readonly alive?: boolean; readonly atBlock?: () => void } = {},
): Promise<Reply> {
  const identity = `${pane.id}/${pane.epoch}`;
  const condition = options.alive
    ? { format: ALIVE, equals: `${identity}/00`, commands }
    : { format: IDENTITY, equals: identity, commands };
  const verdict = await guarded(commander, pane, condition, options.atBlock);
  if (!verdict.ok) throw refusalError(pane, verdict.state);
  return verdict.reply;
}
