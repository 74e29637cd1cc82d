import { CaoError, type CommandResult, type LinkCommand } from '@cao/contracts';
import type { Approval, ApprovalAnswer, ScreenReading } from '@cao/providers';
import { failpoint } from '@cao/runtime';
import { dialogOf, showsApproval } from './dialog.ts';
import type { TerminalSession } from './session.ts';

type Answer = Extract<LinkCommand, { do: 'answer' }>;

/** A log may tell of a prompt before its hook arrives, whose reply is better than keys. Units: ms. */
const HOOK_COMES_MS = 150;
/** How often keys are pressed: a dialog that has just opened may drop the first ones. */
const KEY_TRIES = 3;
/** How long a dialog may take to follow its keys: one key too many lies in the input line, or answers the next question. Units: ms. */
const FOLLOW_MS = 1_500;
/** A prompt is announced before it is drawn: on a busy machine seconds, unless the input box waits for text. Units: ms. */
const DRAWN_MS = { box: 1_000, else: 6_000 } as const;
/** A CLI that was told goes on within this; a dialog that is there after it is another question. Units: ms. */
const GOES_ON_MS = 3_000;

/**
 * Decides one permission prompt, and only while it is the one that is open: by the CLI's API, else by the reply to the
 * hook that is held, else by keys into its dialog. Idempotent. Runs under the terminal's lock, so nobody else types.
 * @throws CaoError conflict when it stands and cannot be answered from here.
 */
export async function answer(session: TerminalSession, command: Answer): Promise<CommandResult<'answer'>> {
  const { approvals, provider } = session;
  const { approval: id, decision } = command;
  if (approvals.hasDecided(id, decision)) return { outcome: 'answered' };
  const open = approvals.open();
  if (open?.id !== id || open.decided !== null || session.ended) return { outcome: 'gone' };
  const how = provider.answer(decision, open.approval);
  approvals.begin(decision);
  try {
    if (!(await decide(session, open, how))) {
      approvals.failed();
      return { outcome: 'gone' };
    }
  } catch (error) {
    approvals.failed();
    throw error;
  }
  await failpoint('agent.answer.before-record');
  approvals.done();
  void seeItGo(session, id).catch((error) =>
    session.deps.log.debug({ err: error, terminal: session.ref.id }, 'the pane of an answered prompt went'),
  );
  return { outcome: 'answered' };
}

/** @returns false when it was gone before anything was done. */
async function decide(
  session: TerminalSession,
  open: { readonly id: string; readonly approval: Approval; readonly crowded: boolean },
  how: ApprovalAnswer,
): Promise<boolean> {
  if (how.request && (await session.sources.ask(how.request))) return true;
  if (how.reply !== null && (await replyToHook(session, open.id, how.reply))) return true;
  if (how.keys.length === 0)
    throw new CaoError(
      'conflict',
      `this question of ${session.provider.title} cannot be answered from here: sit down at it with cao terminal attach ${session.ref.id}`,
    );
  return press(session, open, how.keys);
}

async function replyToHook(session: TerminalSession, id: string, reply: unknown): Promise<boolean> {
  const { approvals } = session;
  const end = performance.now() + HOOK_COMES_MS;
  while (approvals.open()?.id === id && !session.ended) {
    if (approvals.reply(reply)) return true;
    const left = end - performance.now();
    if (left <= 0) return false;
    await session.stir.next(left);
  }
  return false;
}

async function press(
  session: TerminalSession,
  open: { readonly id: string; readonly approval: Approval; readonly crowded: boolean },
  keys: readonly string[],
): Promise<boolean> {
  const { tmux } = session.deps;
  const isOpen = () => session.approvals.open()?.id === open.id && !session.ended;
  const lookAt = async () => {
    const screen = await tmux.screen(session.ref);
    const reading = session.provider.readScreen(screen);
    return { screen, reading, dialog: dialogOf(screen, reading) };
  };
  let seen = await lookAt();
  for (const begun = performance.now(); seen.dialog === null; seen = await lookAt()) {
    const waited = performance.now() - begun;
    const waits = seen.reading.status !== 'processing' && seen.reading.input !== 'none';
    if (!isOpen() || (waits && waited > DRAWN_MS.box)) return false;
    if (waited > DRAWN_MS.else) throw notDrawn(session);
    await session.stir.next(100);
  }
  const first = seen.dialog;
  for (let tries = 0; tries < KEY_TRIES; tries++) {
    if (!isOpen()) return tries > 0;
    if (open.crowded && !showsApproval(seen.screen, seen.reading, open.approval)) throw elsewhere(session);
    session.acts(seen);
    await tmux.keys(session.ref, keys);
    await waitWhile(session, isOpen, FOLLOW_MS);
    seen = await lookAt();
    // Gone, or another one in its place: whatever is there now gets none of these keys.
    if (!isOpen() || seen.dialog !== first) return true;
  }
  throw new CaoError(
    'conflict',
    `its dialog did not take the keys ${keys.join(' ')}: look at it with cao terminal attach ${session.ref.id}`,
  );
}

const notDrawn = (session: TerminalSession) =>
  new CaoError(
    'conflict',
    `its question is not on the screen yet: answer it again in a moment, or look at it with cao terminal attach ${session.ref.id}`,
  );

const elsewhere = (session: TerminalSession) =>
  new CaoError(
    'conflict',
    `the screen shows another question than this one: answer that one first, with cao terminal attach ${session.ref.id}`,
  );

/** The CLI was told. If its state stays where it was, the screen says what came of it. */
async function seeItGo(session: TerminalSession, id: string): Promise<void> {
  const isOpen = () => session.approvals.open()?.id === id && !session.ended;
  await waitWhile(session, isOpen, GOES_ON_MS);
  if (!isOpen()) return;
  const reading: ScreenReading = await session.readScreen();
  if (!isOpen()) return;
  const seen = { ...session.agent, source: 'screen', evidence: reading.evidence } as const;
  if (reading.status === 'waiting_user_answer')
    session.become({ ...seen, approval: { tool: '', input: reading.evidence } }, []);
  else if (reading.status === 'processing')
    session.become({ ...seen, status: 'processing', approval: null }, []);
}

async function waitWhile(session: TerminalSession, holds: () => boolean, ms: number): Promise<void> {
  const until = performance.now() + ms;
  for (let left = ms; holds() && left > 0; left = until - performance.now()) await session.stir.next(left);
}
