import { CaoError } from '@cao/contracts';
import { failpoint } from '@cao/runtime';
import type { Commander } from '../control/connection.ts';
import { guarded, IDENTITY, refusalError, STATE } from '../pane/guard.ts';
import { assertCursor, assertRef, bufferName, CR_BUFFER } from '../pane/names.ts';
import type { Guarded, PaneRef } from '../terminal-server.ts';
import { fillBuffer, type TmuxProcess } from './buffer.ts';
import { assertStep, assertText } from './checks.ts';
import { refusalOf } from './refusal.ts';

interface Cursor {
  readonly seq: number;
  readonly sent: number;
}

/** The only place that pastes. A paste into a dead pane ends the whole tmux 3.3 server; in a shell, pasted lines run. */
async function paste(
  commander: Commander,
  pane: PaneRef,
  expected: Cursor,
  action: { readonly commands: readonly string[]; readonly otherwise?: readonly string[] },
): Promise<Guarded> {
  const verdict = await guarded(commander, pane, {
    format: STATE,
    equals: `${pane.id}/${pane.epoch}/${expected.seq}/${expected.sent}/000/1`,
    commands: [...action.commands, `display-message -p -t ${pane.pane} ok`],
    ...(action.otherwise && { otherwise: action.otherwise }),
  });
  if (verdict.ok) return { ok: true };
  return { ok: false, reason: refusalOf(pane, expected, verdict.state), state: verdict.state };
}

export async function deliver(
  commander: Commander,
  tmux: TmuxProcess,
  pane: PaneRef,
  { prev, seq, text }: { readonly prev: number; readonly seq: number; readonly text: string },
): Promise<Guarded> {
  assertRef(pane);
  assertStep(prev, seq);
  assertText(text);
  // Names are global to the server: without id and epoch, one terminal would get the text of another.
  const buffer = bufferName(pane.id, pane.epoch, seq);
  await failpoint('deliver.before-buffer');
  await fillBuffer(commander, tmux, buffer, text);
  await failpoint('deliver.before-paste');
  const result = await paste(
    commander,
    pane,
    { seq: prev, sent: prev },
    {
      commands: [
        `paste-buffer -p -d -b ${buffer} -t ${pane.pane}`,
        `set-option -p -t ${pane.pane} @cao_seq ${seq}`,
      ],
      otherwise: [`delete-buffer -b ${buffer}`],
    },
  );
  await failpoint('deliver.after-paste');
  return result;
}

export async function submit(
  commander: Commander,
  pane: PaneRef,
  { prev, seq }: { readonly prev: number; readonly seq: number },
): Promise<Guarded> {
  assertStep(prev, seq);
  await failpoint('submit.before-cr');
  const result = await paste(
    commander,
    pane,
    { seq, sent: prev },
    {
      commands: [pasteReturn(pane), `set-option -p -t ${pane.pane} @cao_sent ${seq}`],
    },
  );
  await failpoint('submit.after-cr');
  return result;
}

export async function resubmit(
  commander: Commander,
  pane: PaneRef,
  { seq }: { readonly seq: number },
): Promise<Guarded> {
  assertCursor('seq', seq);
  return paste(commander, pane, { seq, sent: seq }, { commands: [pasteReturn(pane)] });
}

/** Needs no living program and no mode: it only says that the text is gone from the input line. */
export async function settleCursor(
  commander: Commander,
  pane: PaneRef,
  { seq }: { readonly seq: number },
): Promise<void> {
  assertCursor('seq', seq);
  const verdict = await guarded(commander, pane, {
    format: `${IDENTITY}/#{@cao_seq}`,
    equals: `${pane.id}/${pane.epoch}/${seq}`,
    commands: [`set-option -p -t ${pane.pane} @cao_sent ${seq}`],
  });
  if (verdict.ok) return;
  const { state } = verdict;
  if (state?.id !== pane.id || state.epoch !== pane.epoch) throw refusalError(pane, state);
  throw new CaoError('conflict', `the cursor of terminal ${pane.id} is ${state.seq}, not ${seq}`, { state });
}

/** `-r` without `-p`: a bare CR whatever the paste mode. As a key it would go to copy mode when a person scrolled. */
const pasteReturn = (pane: PaneRef): string => `paste-buffer -r -b ${CR_BUFFER} -t ${pane.pane}`;
