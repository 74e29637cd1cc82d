import { type Json, list, text } from '../_shared/json.ts';
import { boxEndsItsOwn, onScreen } from '../_shared/on-screen.ts';
import { become, note, type Said, sessionOf, stay, turnEnded } from '../_shared/state.ts';
import type { AgentState, Effect, Signal, Step } from '../contract.ts';
import { isOwnPrompt, parseLine } from './log.ts';

/** What hook and log both tell, in one shape. */
interface Told {
  readonly what: 'ready' | 'prompt' | 'dialog' | 'closed' | 'answer' | 'error' | 'interrupted';
  readonly turn: number;
  /** Dialogs are counted too; 0: whichever is open. */
  readonly dialog: number;
  readonly text: string;
  readonly background: boolean;
  readonly tool: string;
  readonly input: unknown;
}

const fromHook: Readonly<Record<string, Told['what']>> = {
  SessionStart: 'ready',
  UserPromptSubmit: 'prompt',
  PermissionRequest: 'dialog',
  PostToolUse: 'closed',
  Stop: 'answer',
  StopFailure: 'error',
};
const fromLog: Readonly<Record<string, Told['what']>> = {
  ready: 'ready',
  prompt: 'prompt',
  dialog: 'dialog',
  dialog_closed: 'closed',
  answer: 'answer',
  error: 'error',
  interrupted: 'interrupted',
};

/**
 * Hook and log tell the same twice, in any order between them, and hooks may be lost: `memo.told` holds what was told
 * lately, so that each proof and each end of a turn comes once. `memo.began`, `memo.ended` and `memo.dialogs` are the
 * highest numbers seen: what is older is history and does not change the status.
 */
export function next(state: AgentState, signal: Signal): Step {
  if (signal.source === 'api') return stay(state);
  // The screen is asked only when they have not spoken, and of what it has said itself.
  if (signal.source === 'screen')
    return state.status === 'unknown' || state.source === 'screen'
      ? onScreen(state, signal.reading, boxEndsItsOwn)
      : stay(state);
  if (signal.source === 'log') return onNews(state, signal, lineTold(signal.line));
  const step = onNews(state, signal, hookTold(signal.name, signal.body));
  return isAsked(step.state, signal) ? { ...step, holds: true } : step;
}

type Heard = Extract<Signal, { source: 'hook' | 'log' }>;

/** The hook of the dialog that is open, also when the log has told of it before; some dialogs take no answer from a hook. */
const isAsked = ({ approval, memo }: AgentState, { name, body }: Extract<Signal, { source: 'hook' }>) =>
  name === 'PermissionRequest' &&
  body.answerable === true &&
  approval !== null &&
  Number(body.dialog ?? 0) >= Number(memo?.dialogs ?? 0);

function onNews(state: AgentState, signal: Heard, told: Told | null): Step {
  if (!told) return stay(state);
  const evidence = signal.source === 'hook' ? signal.name : told.what;
  const step = onTold({ ...state, ready: true }, { source: signal.source, evidence }, told);
  if (!step) return stay(state.ready ? state : { ...state, ready: true });
  const isStart = signal.source === 'hook' && told.what === 'ready';
  return isStart ? stay(step.state, [sessionOf(signal.body), ...step.effects]) : step;
}

/** What changes no status leaves the word on where it comes from: what the screen alone has told, the screen may end. */
function onTold(state: AgentState, said: Said, told: Told): Step | null {
  const began = Number(state.memo?.began ?? 0);
  const ended = Number(state.memo?.ended ?? 0);
  const dialogs = Number(state.memo?.dialogs ?? 0);
  const news = remember(state, told);
  if (news === null) return null;
  const same = note(state, { told: news });
  const to = (status: AgentState['status'], memo: AgentState['memo'] = {}): AgentState =>
    become(same, status, said, memo);
  switch (told.what) {
    case 'ready':
      return stay(began === 0 && ended === 0 ? to('idle') : same);
    case 'prompt': {
      const isNew = told.turn > began && told.turn > ended;
      const accepted: readonly Effect[] = isOwnPrompt(told.text)
        ? []
        : [{ kind: 'accepted', prompt: told.text }];
      return stay(isNew ? to('processing', { began: told.turn }) : same, accepted);
    }
    case 'dialog': {
      if (told.dialog <= dialogs) return stay(same);
      const approval = { tool: told.tool, input: told.input };
      return stay({ ...to('waiting_user_answer', { dialogs: told.dialog }), approval });
    }
    case 'closed': {
      const memo = { dialogs: Math.max(dialogs, told.dialog) };
      const isOurs = state.status === 'waiting_user_answer' && (told.dialog === 0 || told.dialog >= dialogs);
      return stay(isOurs ? to(began > ended ? 'processing' : 'completed', memo) : note(same, memo));
    }
    default: {
      const error = told.what === 'answer' ? null : told.text || told.what;
      const status = told.what === 'answer' ? 'completed' : told.what === 'error' ? 'error' : 'idle';
      // The end of a turn that another one has already followed ends no more than itself.
      const isLast = told.turn >= began && told.turn > ended;
      const answer = told.what === 'answer' ? told.text : null;
      const end = turnEnded({ answer, error, background: told.background });
      return stay(isLast ? to(status, { ended: told.turn }) : same, [end]);
    }
  }
}

const REMEMBERED = 32;
const ends: readonly Told['what'][] = ['answer', 'error', 'interrupted'];

/** What was told, this included, as words like `prompt3`; null when it was told before. */
function remember(state: AgentState, { what, turn, dialog }: Told): string | null {
  if (what === 'closed' && dialog === 0) return String(state.memo?.told ?? '');
  const isDialog = what === 'dialog' || what === 'closed';
  const word = ends.includes(what) ? `end${turn}` : `${what}${isDialog ? dialog : turn}`;
  const told = String(state.memo?.told ?? '').split(' ');
  return told.includes(word) ? null : [...told, word].slice(-REMEMBERED).join(' ');
}

function hookTold(name: string, body: Json): Told | null {
  const what = fromHook[name];
  if (!what) return null;
  return {
    what,
    turn: Number(body.turn ?? 0),
    dialog: Number(body.dialog ?? 0),
    text: text(what === 'answer' ? body.last_assistant_message : what === 'error' ? body.error : body.prompt),
    background: list(body.background_tasks).length > 0,
    tool: text(body.tool_name),
    input: body.tool_input ?? null,
  };
}

function lineTold(line: string): Told | null {
  const parsed = parseLine(line);
  const what = fromLog[parsed?.type ?? ''];
  if (!parsed || !what) return null;
  const { turn = 0, dialog = 0, error, background = false, tool = '', input = null } = parsed;
  return { what, turn, dialog, text: parsed.text ?? error ?? '', background, tool, input };
}
