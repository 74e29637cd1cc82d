import { randomUUID } from 'node:crypto';
import { CaoError, type MessageView, type TerminalView } from '@cao/contracts';
import type { Context } from '../context.ts';
import { CliError } from '../exit.ts';
import { plain, plainLine, plainScreen } from '../render/plain.ts';
import { PATIENCE_MS, patiently } from './patiently.ts';

/** One long poll. Short enough that an open permission prompt is told soon. Units: ms. */
const POLL_MS = 10_000;
/** A restart of the whole server must not end a wait that its person has bounded. Units: ms. */
const WAIT_PATIENCE_MS = 4 * PATIENCE_MS;

/** Puts a message into the inbox of a terminal, once, however often the call had to be repeated. */
export async function sendMessage(context: Context, id: string, text: string): Promise<MessageView> {
  const body = { text, idempotency_key: randomUUID() };
  const { message } = await patiently(context, () =>
    context.client.terminals.send({ params: { id }, body, signal: context.signal }),
  );
  return message;
}

/**
 * Waits until the turn that this message began has ended.
 * @param timeoutS seconds; the agent works on when they are over.
 * @throws CliError: `timeout`; `gone` or `conflict` when the message can never be answered.
 */
async function waitTurn(
  context: Context,
  sent: MessageView,
  timeoutS: number,
): Promise<{ message: MessageView; terminal: TerminalView }> {
  const until = Date.now() + timeoutS * 1000;
  let told = '';
  for (;;) {
    const timeout_ms = Math.max(0, Math.min(POLL_MS, until - Date.now()));
    const { message, terminal } = await patiently(
      context,
      () =>
        context.client.terminals.waitMessage({
          params: { id: sent.id },
          query: { timeout_ms },
          signal: context.signal,
        }),
      Math.min(WAIT_PATIENCE_MS, Math.max(0, until - Date.now())),
    );
    if (message.state === 'dead') throw died(message, terminal);
    if (message.ended_at !== null) return { message, terminal };
    if (terminal.lifecycle === 'closed') throw died(message, terminal);
    if (Date.now() >= until)
      throw new CliError(
        'timeout',
        `no answer from ${terminal.id} within ${timeoutS} s; it is ${whereItIs(terminal)}`,
        `It works on. See \`cao why ${sent.id}\`, or \`cao terminal output ${terminal.id}\` for its answer later.`,
      );
    const where = whereItIs(terminal);
    if (where !== told) context.io.note(`${terminal.id} is ${where}`);
    told = where;
  }
}

/** The answer of the turn that just ended, as Markdown. */
async function lastAnswer(context: Context, id: string): Promise<string> {
  const { output } = await patiently(context, () =>
    context.client.terminals.output({ params: { id }, query: { mode: 'last' }, signal: context.signal }),
  );
  return output;
}

/** Sends, waits, prints the answer; after Ctrl-C what the terminal shows. `--json`: message, terminal and answer. */
export async function converse(
  context: Context,
  id: string,
  message: MessageView,
  how: { timeout: number; json: boolean },
): Promise<void> {
  let ended: Awaited<ReturnType<typeof waitTurn>>;
  try {
    ended = await waitTurn(context, message, how.timeout);
  } catch (cause) {
    if (context.signal.aborted && !(cause instanceof CaoError)) await showScreen(context, id);
    throw cause;
  }
  const answer = await lastAnswer(context, id);
  const failed = ended.terminal.status === 'error';
  if (!how.json) context.io.out(plain(answer));
  else if (!failed) context.io.json({ ...ended, answer });
  if (failed)
    throw new CliError(
      'conflict',
      `the turn of ${id} ended with an error: ${plainLine(ended.terminal.status_evidence)}`,
      `Look at it with \`cao terminal attach ${id}\`.`,
      { details: { ...ended, answer } },
    );
}

async function showScreen(context: Context, id: string): Promise<void> {
  context.io.note(`stopped waiting; ${id} works on. This is what it shows:`);
  const { output } = await context.client.terminals.output({ params: { id }, query: { mode: 'screen' } });
  context.io.out(plainScreen(output));
}

function whereItIs(terminal: TerminalView): string {
  if (terminal.lifecycle !== 'live')
    return terminal.reason ? `${terminal.lifecycle} (${plainLine(terminal.reason)})` : terminal.lifecycle;
  return terminal.status === 'waiting_user_answer'
    ? `waiting for a person's answer: \`cao terminal attach ${terminal.id}\``
    : terminal.status;
}

function died(message: MessageView, terminal: TerminalView): CliError {
  if (terminal.lifecycle === 'closed')
    return new CliError(
      'gone',
      `terminal ${terminal.id} has closed before it answered: ${plainLine(terminal.reason ?? 'no reason is known')}`,
      `See \`cao why ${terminal.id}\`; start a new session with \`cao launch\`.`,
    );
  return new CliError(
    'conflict',
    `the message to ${terminal.id} was not taken: ${message.reason ?? 'no reason is known'}`,
    `See \`cao why ${message.id}\`, and the terminal itself with \`cao terminal attach ${terminal.id}\`.`,
  );
}
