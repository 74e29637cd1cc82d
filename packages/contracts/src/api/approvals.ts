import { z } from 'zod';
import { approvalDecision, approvalId, approvalView } from '../approvals.ts';
import { sessionName, terminalId } from '../ids.ts';
import { approvalState } from '../status.ts';
import { defineEndpoint } from './endpoint.ts';

const byId = z.object({ id: approvalId });

export const approvals = {
  list: defineEndpoint({
    method: 'GET',
    path: '/approvals',
    scope: 'viewer',
    summary: 'Permission prompts of CLIs, newest first.',
    query: z.object({
      session: sessionName.optional(),
      terminal: terminalId.optional(),
      state: approvalState.optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
    response: z.object({ approvals: z.array(approvalView) }),
  }),
  get: defineEndpoint({
    method: 'GET',
    path: '/approvals/:id',
    scope: 'viewer',
    summary: 'One permission prompt.',
    params: byId,
    response: z.object({ approval: approvalView }),
  }),
  answer: defineEndpoint({
    method: 'POST',
    path: '/approvals/:id/answer',
    scope: 'operator',
    summary:
      'Allows or denies what a CLI asks for, and answers once the CLI was told. The same decision again is the same ' +
      'answer; another one, or a prompt that is gone, is a conflict.',
    params: byId,
    body: z.strictObject({ decision: approvalDecision }),
    response: z.object({ approval: approvalView }),
  }),
};
