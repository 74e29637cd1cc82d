import { z } from 'zod';
import { messageView, onHostLost, sessionView, terminalView } from '../entities.ts';
import { hostName, profileName, sessionName, terminalId } from '../ids.ts';
import { line } from '../text.ts';
import { gitRef, onClose, repoUrl } from '../workspace.ts';
import { defineEndpoint } from './endpoint.ts';

const byName = z.object({ name: sessionName.describe('with or without the prefix cao-') });

/** Text of a message: bounded so that one message fits a link frame and a paste. Units: characters. */
export const MAX_MESSAGE_CHARS = 1_000_000;
export const messageText = z
  .string()
  .max(MAX_MESSAGE_CHARS)
  // No CLI takes a blank prompt: it would wait for a proof that never comes.
  .refine((text) => text.trim() !== '', 'a message may not be empty');

/** Where a terminal may run. */
export const placementWish = {
  host: hostName.optional().describe('name or id of the host it must run on'),
  labels: z.array(line(64)).max(32).optional().describe('labels its host must all have'),
  apart: z.boolean().optional().describe('on no host where another terminal of the session runs'),
};

/** An absolute path on the host; kept as given, checked by the host that uses it. */
export const directory = z
  .string()
  .max(4096)
  .regex(
    /^\/[^\u0000-\u001f\u007f-\u009f]*$/,
    'a working directory is an absolute path without control characters',
  );

export const sessions = {
  list: defineEndpoint({
    method: 'GET',
    path: '/sessions',
    scope: 'viewer',
    summary: 'Sessions, newest first.',
    query: z.object({ all: z.stringbool().default(false).describe('closed ones too') }),
    response: z.object({ sessions: z.array(sessionView.extend({ terminals: z.array(terminalView) })) }),
  }),
  create: defineEndpoint({
    method: 'POST',
    path: '/sessions',
    scope: 'operator',
    summary: 'Starts a session with its conductor; with a message, that is its first prompt.',
    body: z.strictObject({
      agent_profile: profileName.optional().describe('required, but for a conversation that goes on'),
      resume: terminalId.optional().describe('an ended terminal whose conversation goes on, on its host'),
      session_name: sessionName.optional(),
      message: messageText.optional(),
      provider: line(64).optional(),
      working_directory: directory.optional(),
      repo: repoUrl.optional().describe('it works in a worktree of this repository, on a branch of its own'),
      ref: gitRef.optional().describe("where that branch begins; default: the remote's HEAD"),
      on_close: onClose.optional(),
      allowed_tools: z.array(line(128)).max(64).optional(),
      yolo: z.boolean().default(false),
      on_host_lost: onHostLost.optional().describe('default: fail'),
      ...placementWish,
    }),
    response: z.object({ session: sessionView, terminal: terminalView, message: messageView.nullable() }),
    status: 201,
  }),
  get: defineEndpoint({
    method: 'GET',
    path: '/sessions/:name',
    scope: 'viewer',
    summary: 'One session with its terminals, oldest first.',
    params: byName,
    response: z.object({ session: sessionView, terminals: z.array(terminalView) }),
  }),
  shutdown: defineEndpoint({
    method: 'DELETE',
    path: '/sessions/:name',
    scope: 'operator',
    summary:
      'Ends every terminal of a session; answers when none is left, or after wait_ms with what remains.',
    params: byName,
    waits: true,
    query: z.object({ wait_ms: z.coerce.number().int().min(0).max(25_000).default(20_000) }),
    response: z.object({ session: sessionView, remaining: z.array(terminalView) }),
  }),
};
