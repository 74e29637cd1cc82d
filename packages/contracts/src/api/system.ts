import { z } from 'zod';
import { eventView } from '../entities.ts';
import { sessionName } from '../ids.ts';
import { defineEndpoint } from './endpoint.ts';

const part = z.object({ ok: z.boolean(), detail: z.string().optional() });

/** Something that has not moved for longer than it takes when all is well. */
export const doctorFinding = z.object({
  kind: z.enum(['service', 'host', 'terminal', 'message', 'task', 'approval']),
  id: z.string(),
  what: z.string(),
  since: z.iso.datetime({ offset: true }).nullable(),
  lines: z.array(z.string()).describe('why, as far as it is known'),
  next: z.string(),
});
export type DoctorFinding = z.infer<typeof doctorFinding>;

export const system = {
  health: defineEndpoint({
    method: 'GET',
    path: '/health',
    scope: 'open',
    summary: 'The process answers.',
    response: z.object({ status: z.literal('ok'), service: z.string(), version: z.string() }),
  }),
  ready: defineEndpoint({
    method: 'GET',
    path: '/ready',
    scope: 'open',
    summary: 'Whether it can do its work: database and queue. 503 when not.',
    response: z.object({ ready: z.boolean(), database: part, queue: part }),
  }),
  doctor: defineEndpoint({
    method: 'GET',
    path: '/doctor',
    scope: 'viewer',
    summary: 'What is stuck, with why and what to do.',
    response: z.object({ findings: z.array(doctorFinding) }),
  }),
  events: defineEndpoint({
    method: 'GET',
    path: '/events',
    scope: 'viewer',
    summary: 'The event log after a cursor, oldest first.',
    query: z.object({
      after: z.coerce.number().int().min(0).default(0),
      session: sessionName.optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(200),
    }),
    response: z.object({ events: z.array(eventView), next_after: z.number().int() }),
  }),
};
