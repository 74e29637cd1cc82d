import type { Approval } from '@cao/providers';
import type { TerminalSession } from './session.ts';

/** A dialog that has just opened may drop a key. */
const TRIES = 4;
/** How long the CLI may take to say that it heard: one key too many lies in the input line. Units: ms. */
const HEARD_MS = 3_000;
const QUIET_MS = 80;

/**
 * Answers a question for the user: about a tool of ours, for CLIs that cannot be told beforehand to allow it, or of a start. A
 * key is pressed only into a dialog that names this very thing: tools run in parallel, and another question may stand in front.
 */
export async function allowGranted(session: TerminalSession, approval: Approval): Promise<void> {
  const isOpen = () => !session.ended && session.agent.approval === approval;
  const { granted } = approval;
  const keys = typeof granted === 'string' ? [granted] : session.provider.answer('allow', approval).keys;
  try {
    for (let tries = 0; tries < TRIES && isOpen(); ) {
      await session.screen.quiet(QUIET_MS);
      const reading = await session.readScreen();
      if (!isOpen()) return;
      if (reading.status === 'waiting_user_answer' && reading.evidence.includes(approval.tool)) {
        tries++;
        await session.deps.tmux.keys(session.ref, keys);
      }
      for (const until = performance.now() + HEARD_MS; isOpen() && performance.now() < until; )
        await session.stir.next(until - performance.now());
    }
    // It takes no key of ours: somebody has to sit down at it.
    if (isOpen()) {
      const { granted: _, ...asked } = approval;
      session.become({ ...session.agent, status: 'waiting_user_answer', approval: asked }, []);
    }
  } catch (error) {
    session.deps.log.warn(
      { err: error, terminal: session.ref.id },
      'a question that is answered for the user stays open',
    );
  }
}
