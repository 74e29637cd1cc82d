import { z } from 'zod';
import { hostView, messageView, terminalView } from '../entities.ts';
import { messageId, sessionName, terminalId } from '../ids.ts';
import { line } from '../text.ts';
import { TRANSCRIPT_READ, transcriptPage } from '../transcript.ts';
import { defineEndpoint } from './endpoint.ts';
import { messageText } from './sessions.ts';

const byId = z.object({ id: terminalId });

/** Named keys of `keys`: what tmux calls them, or one printable character. */
export const keyName = z
  .string()
  .regex(
    /^(Up|Down|Left|Right|Enter|Tab|BTab|Escape|Space|BSpace|PageUp|PageDown|Home|End|[CM]-[a-z]|[ -~])$/,
  );

export const terminals = {
  list: defineEndpoint({
    method: 'GET',
    path: '/terminals',
    scope: 'viewer',
    summary: 'Terminals, oldest first.',
    query: z.object({
      session: sessionName.optional(),
      all: z.stringbool().default(false).describe('closed ones too'),
    }),
    response: z.object({ terminals: z.array(terminalView) }),
  }),
  get: defineEndpoint({
    method: 'GET',
    path: '/terminals/:id',
    scope: 'viewer',
    summary: 'One terminal.',
    params: byId,
    response: z.object({ terminal: terminalView }),
  }),
  send: defineEndpoint({
    method: 'POST',
    path: '/terminals/:id/messages',
    scope: 'agent',
    summary:
      'Puts a message into the inbox of a terminal. The same idempotency_key of one sender is one message.',
    params: byId,
    body: z.strictObject({
      text: messageText,
      idempotency_key: line(200).optional(),
    }),
    response: z.object({ message: messageView }),
    status: 201,
  }),
  messages: defineEndpoint({
    method: 'GET',
    path: '/terminals/:id/messages',
    scope: 'viewer',
    summary: 'The inbox of a terminal, newest first.',
    params: byId,
    query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
    response: z.object({ messages: z.array(messageView) }),
  }),
  message: defineEndpoint({
    method: 'GET',
    path: '/messages/:id',
    scope: 'viewer',
    summary: 'One message: its text, its state, and when it came to it.',
    params: z.object({ id: messageId }),
    response: z.object({ message: messageView }),
  }),
  waitMessage: defineEndpoint({
    method: 'GET',
    path: '/messages/:id/wait',
    scope: 'viewer',
    summary: 'Answers when the turn that this message began has ended, or it died, or after timeout_ms.',
    params: z.object({ id: messageId }),
    waits: true,
    query: z.object({ timeout_ms: z.coerce.number().int().min(0).max(25_000).default(25_000) }),
    response: z.object({ message: messageView, terminal: terminalView }),
  }),
  output: defineEndpoint({
    method: 'GET',
    path: '/terminals/:id/output',
    scope: 'viewer',
    summary:
      'What the terminal shows: `last` answer as Markdown, `screen` as plain text, `full` with history.',
    params: byId,
    query: z.object({ mode: z.enum(['last', 'screen', 'full']).default('last') }),
    response: z.object({ mode: z.string(), output: z.string() }),
  }),
  transcript: defineEndpoint({
    method: 'GET',
    path: '/terminals/:id/transcript',
    scope: 'viewer',
    summary:
      'Every byte that the terminal wrote, from an offset on (without one: from the oldest that is kept), also after it closed. Secrets that CAO gave it are masked.',
    params: byId,
    query: z.object({
      from: z.coerce.number().int().min(0).optional(),
      epoch: z.coerce.number().int().min(0).optional().describe('an earlier one, if it ran on the same host'),
      limit: z.coerce.number().int().min(1).max(TRANSCRIPT_READ.most).default(TRANSCRIPT_READ.usual),
    }),
    response: z.object({ terminal: terminalId, epoch: z.number().int(), ...transcriptPage.shape }),
  }),
  keys: defineEndpoint({
    method: 'POST',
    path: '/terminals/:id/keys',
    scope: 'operator',
    summary: 'Presses keys in the pane, as a person would.',
    params: byId,
    body: z.strictObject({ keys: z.array(keyName).min(1).max(64) }),
    response: z.object({ ok: z.literal(true) }),
  }),
  close: defineEndpoint({
    method: 'DELETE',
    path: '/terminals/:id',
    scope: 'operator',
    summary: 'Ends one terminal.',
    params: byId,
    response: z.object({ terminal: terminalView }),
  }),
  why: defineEndpoint({
    method: 'GET',
    path: '/why/:id',
    scope: 'viewer',
    summary: 'Why a terminal, message, task or approval is where it is, in plain words, and what to do next.',
    params: z.object({ id: line(64) }),
    response: z.object({
      kind: z.enum(['terminal', 'message', 'task', 'approval']),
      id: z.string(),
      lines: z.array(z.string()),
      next: z.string(),
      hosts: z
        .array(z.object({ host: hostView, reason: z.string() }))
        .describe('for one that waits to be placed'),
    }),
  }),
};
