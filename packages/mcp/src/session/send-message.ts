import { randomUUID } from 'node:crypto';
import { messageText, terminalId } from '@cao/contracts';
import { z } from 'zod';
import { defineTool } from '../define-tool.ts';
import { patiently } from '../patient.ts';
import { notStarted } from './delegate.ts';

export const sendMessage = defineTool({
  name: 'send_message',
  title: 'Write to another agent',
  description:
    'Puts a message into the inbox of another terminal; it is delivered when that agent takes input, in order and exactly once. ' +
    'Without receiver_id it goes to the agent that started you. Use it to report results and for follow-up work. ' +
    'Do not use it to answer a handoff: your last message is its answer.',
  input: z.object({
    message: messageText,
    receiver_id: terminalId
      .optional()
      .describe('Terminal id of the receiver; default: the agent that started you'),
  }),
  async handle({ message, receiver_id }, call) {
    // One key for all tries of this call: an answer that was lost on the way does not double the message.
    const idempotency_key = call.toolUseId ?? randomUUID();
    const receiver =
      receiver_id ?? (await patiently(() => call.client.access.whoami(), call.answerNow))?.caller_id;
    if (receiver === undefined) return notStarted;
    if (receiver === null)
      return { success: false, error: 'Nobody started this terminal; name a receiver_id.' };
    const sent = await patiently(
      () =>
        call.client.terminals.send({ params: { id: receiver }, body: { text: message, idempotency_key } }),
      call.answerNow,
    );
    if (!sent) return notStarted;
    return {
      success: true,
      message_id: sent.message.id,
      sender_id: call.terminalId,
      receiver_id: receiver,
      created_at: sent.message.created_at,
    };
  },
});
