import {
  type AgentEvent,
  type ApprovalDecision,
  type ApprovalEnd,
  approvalInput,
  approvalToolName,
  decidedAs,
} from '@cao/contracts';
import type { AgentState, Approval, Effect } from '@cao/providers';
import { newUuid } from '@cao/runtime';
import type { TerminalRecord } from './record.ts';

/** The permission prompt that is open, as it is remembered over a restart of this process. */
export interface OpenApproval {
  readonly id: string;
  /** Its input cut to what is told: a record is written often, and a tool may be given a whole file. */
  readonly approval: Approval;
  /** Parts of the input were left out. */
  readonly cut: boolean;
  /** Its dialog as it was last seen on the screen; null before. */
  readonly dialog: string | null;
  /** It was announced while another one was open: what the screen shows may still be that one. */
  readonly crowded: boolean;
  /** The CLI was told. It stays open until the CLI says that it went on. */
  readonly decided: ApprovalDecision | null;
}

export interface ApprovalsOf {
  record(): Pick<TerminalRecord, 'approval' | 'answered'>;
  update(change: Partial<Pick<TerminalRecord, 'approval' | 'answered'>>): void;
  /** Told in the order in which it happened. */
  tell(event: ApprovalEvent): void;
  /** Whether the screen, as it was last looked at, shows a dialog about this. */
  shows(approval: Approval): boolean;
}
type OfPane<E> = E extends unknown ? Omit<E, 'terminal' | 'epoch'> : never;
export type ApprovalEvent = OfPane<
  Extract<AgentEvent, { kind: 'approval_opened' } | { kind: 'approval_closed' }>
>;

export interface ShownDialog {
  readonly dialog: string | null;
  /** Whether it is about this. */
  shows(approval: Approval): boolean;
}

/** The permission prompts of one terminal: each gets an id when it appears, and is told when it is no more. */
export interface Approvals {
  open(): OpenApproval | null;
  /** The CLI's state changed. */
  follow(state: AgentState, effects: readonly Effect[]): void;
  /** What its dialog looks like now; null: no dialog is on the screen. */
  saw(dialog: string | null): void;
  /** The screen is behind: it shows the prompt that was closed a moment ago. */
  isBehind(shown: ShownDialog): boolean;
  /** After this process was away: the prompt that it knew, if the screen shows that very one, else what was found. */
  recall(found: Approval | null, shown: ShownDialog): Approval | null;
  /** Tells again what is open: this process may have died before it was told. */
  tellAgain(): void;
  /** Resolves with the reply to the hook that announced the open prompt: a decision, or `{}` when it is none of ours. */
  hold(gone: AbortSignal): Promise<unknown>;
  /** Answers the hooks that are held. @returns whether there was one. */
  reply(body: unknown): boolean;
  /** From here on, an end of this prompt is what we did. */
  begin(decision: ApprovalDecision): void;
  done(): void;
  failed(): void;
  hasDecided(id: string, decision: ApprovalDecision): boolean;
  /** Hooks are answered with `{}`, now and later: the dialogs stay for whoever comes. */
  release(): void;
}

/** What a hook is answered with when nobody here decides: the CLI goes on waiting for a person. */
const UNDECIDED = {};
/** A CLI that was told draws what it goes on with within this; what stands for longer is asked again. Units: ms. */
const BEHIND_MS = 2_000;

export function makeApprovals(of: ApprovalsOf): Approvals {
  const holders = new Set<(reply: unknown) => void>();
  let deciding: ApprovalDecision | null = null;
  let released = false;
  /** The last one that appeared in the life of this process. */
  let born = '';
  /** The object of the provider that stands for the open one. */
  let standsFor: Approval | null = null;
  /** The last one that was closed, until the screen shows another. */
  let closed: { readonly approval: OpenApproval; readonly until: number } | null = null;

  const open = () => of.record().approval;
  const answerHolders = (body: unknown): boolean => {
    const held = [...holders];
    holders.clear();
    for (const resolve of held) resolve(body);
    return held.length > 0;
  };

  const tellOpened = ({ id, approval: { tool, input }, cut }: OpenApproval) =>
    of.tell({ kind: 'approval_opened', approval: id, tool: approvalToolName(tool), input, cut });

  const close = (known: OpenApproval, reason: ApprovalEnd) => {
    const decision = known.decided ?? deciding;
    deciding = null;
    closed = { approval: known, until: performance.now() + BEHIND_MS };
    answerHolders(UNDECIDED);
    // Known before it is told: one who dies in between finds no prompt, and the row is closed as gone.
    of.update({ approval: null, ...(decision ? { answered: { id: known.id, decision } } : {}) });
    const why = decision ? decidedAs[decision] : reason;
    of.tell({ kind: 'approval_closed', approval: known.id, reason: why });
  };

  return {
    open,
    follow(state, effects) {
      const known = open();
      const asked = state.approval;
      if (asked === null) {
        const ended = effects.some((effect) => effect.kind === 'turn_ended');
        if (known) close(known, ended ? 'turn_ended' : 'answered_there');
        return;
      }
      if (known && (asked === standsFor || isSame(known, asked))) return;
      const { input, cut } = approvalInput(asked.input);
      const about = { approval: { ...asked, input }, cut };
      if (known && isBare(known) && asked.tool !== '' && of.shows(asked)) {
        standsFor = asked;
        const explained = { ...known, ...about };
        of.update({ approval: explained });
        tellOpened(explained);
        return;
      }
      const crowded = known !== null && known.decided === null && deciding === null;
      if (known) close(known, 'replaced');
      const fresh = { id: newUuid(), ...about, dialog: null, crowded, decided: null };
      born = fresh.id;
      standsFor = asked;
      of.update({ approval: fresh });
      tellOpened(fresh);
    },
    saw(dialog) {
      const known = open();
      if (known && dialog !== null && known.dialog !== dialog) of.update({ approval: { ...known, dialog } });
    },
    isBehind(shown) {
      const isThere = shown.dialog !== null && closed !== null && isStillOn(shown, closed.approval);
      if (!isThere) closed = null;
      return closed !== null && performance.now() < closed.until;
    },
    recall(found, shown) {
      const known = open();
      if (!found || !known || known.decided !== null) return found;
      // What the log told a moment ago is news, whatever it looks like.
      return known.id === born || isOn(shown, known) ? known.approval : found;
    },
    tellAgain() {
      const known = open();
      if (known) tellOpened(known);
    },
    hold(gone) {
      const known = open();
      if (released || !known || known.decided !== null || gone.aborted) return Promise.resolve(UNDECIDED);
      const { promise, resolve } = Promise.withResolvers<unknown>();
      holders.add(resolve);
      gone.addEventListener('abort', () => {
        holders.delete(resolve);
        resolve(UNDECIDED);
      });
      return promise;
    },
    reply: answerHolders,
    begin(decision) {
      deciding = decision;
    },
    done() {
      const known = open();
      // Its end may have come already, and was told as what we did.
      if (!known || deciding === null) return;
      of.update({
        approval: { ...known, decided: deciding },
        answered: { id: known.id, decision: deciding },
      });
      deciding = null;
    },
    failed() {
      deciding = null;
    },
    hasDecided(id, decision) {
      const { answered } = of.record();
      return answered?.id === id && answered.decision === decision;
    },
    release() {
      released = true;
      answerHolders(UNDECIDED);
    },
  };
}

const isOn = (shown: ShownDialog, { dialog, approval }: OpenApproval): boolean =>
  dialog === null ? shown.shows(approval) : dialog === shown.dialog;

/** What stands above a dialog may move while it stands: it is known by what it is about as well, if its CLI has said that. */
const isStillOn = (shown: ShownDialog, known: OpenApproval): boolean =>
  isOn(shown, known) || (known.approval.tool !== '' && shown.shows(known.approval));

/** The screen alone has told of it: its CLI may yet say what it asks, with a hook that it does not wait for. */
const isBare = ({ approval, decided }: OpenApproval): boolean => approval.tool === '' && decided === null;

/** Providers keep the object of a prompt while it stands; one that builds it anew tells the same until it is answered. */
function isSame(known: OpenApproval, asked: Approval): boolean {
  // What is known from an earlier life is handed to the state as it is.
  if (known.approval === asked) return true;
  if (known.decided !== null) return false;
  if (known.approval.nativeId !== undefined || asked.nativeId !== undefined)
    return known.approval.nativeId === asked.nativeId;
  const { input } = approvalInput(asked.input);
  return known.approval.tool === asked.tool && JSON.stringify(known.approval.input) === JSON.stringify(input);
}
