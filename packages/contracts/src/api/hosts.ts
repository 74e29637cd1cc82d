import { z } from 'zod';
import { drainPolicy, hostView, terminalView } from '../entities.ts';
import { hostId, hostName } from '../ids.ts';
import { line } from '../text.ts';
import { defineEndpoint } from './endpoint.ts';

const note = line(200).optional().describe('why, for whoever wonders');

/** What people may set of a host. */
export const hostModeWish = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('open') }),
  z.strictObject({ mode: z.literal('cordoned'), note }),
  z.strictObject({
    mode: z.literal('draining'),
    /** Turns that are not over by then are not waited for. Units: seconds. */
    deadline_s: z
      .number()
      .int()
      .min(0)
      .max(7 * 86_400)
      .default(3600),
    drain: drainPolicy.default('move'),
    note,
  }),
  z.strictObject({
    mode: z.literal('paused'),
    /** Absent: until somebody opens it again. Units: seconds. */
    for_s: z
      .number()
      .int()
      .min(1)
      .max(365 * 86_400)
      .optional(),
    note,
  }),
]);
export type HostModeWish = z.output<typeof hostModeWish>;

const byRef = z.object({ ref: line(64).describe('id or name of a host') });

export const hosts = {
  list: defineEndpoint({
    method: 'GET',
    path: '/hosts',
    scope: 'viewer',
    summary: 'All hosts.',
    response: z.object({ hosts: z.array(hostView) }),
  }),
  get: defineEndpoint({
    method: 'GET',
    path: '/hosts/:ref',
    scope: 'viewer',
    summary: 'One host and its open terminals.',
    params: byRef,
    response: z.object({ host: hostView, terminals: z.array(terminalView) }),
  }),
  setMode: defineEndpoint({
    method: 'PUT',
    path: '/hosts/:ref/mode',
    scope: 'operator',
    summary: 'Cordon, drain, pause or open a host.',
    params: byRef,
    body: hostModeWish,
    response: z.object({ host: hostView }),
  }),
  upgrade: defineEndpoint({
    method: 'POST',
    path: '/hosts/:ref/upgrade',
    scope: 'admin',
    summary:
      'Has the worker-agent begin again as the program on its disk, when no agent is in the middle of a turn.',
    params: byRef,
    response: z.object({ host: hostView }),
    status: 202,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    path: '/hosts/:ref',
    scope: 'admin',
    summary: 'Takes a host out of the cluster: its identity is worth nothing any more.',
    params: byRef,
    query: z.object({
      force: z
        .stringbool()
        .default(false)
        .describe('also with open terminals: they end, and their tasks fail'),
    }),
    response: z.object({ host: hostView, ended: z.array(terminalView) }),
  }),
  createJoinToken: defineEndpoint({
    method: 'POST',
    path: '/hosts/join-tokens',
    scope: 'admin',
    summary: 'A one-time token with which one machine may join, valid for 15 minutes.',
    response: z.object({ token: z.string(), expires_at: z.string() }),
    status: 201,
  }),
  join: defineEndpoint({
    method: 'POST',
    path: '/hosts/join',
    scope: 'open',
    summary: 'Makes a machine with a join token a host, known by its key.',
    body: z.strictObject({
      token: z.string().min(1).max(256),
      public_key: z
        .base64()
        .max(128)
        .describe('Ed25519, DER (SPKI) in base64; the private half stays on the host'),
      name: hostName,
      labels: z.array(line(64)).max(64).default([]),
      capacity: z.number().int().min(1).max(1000).default(20),
    }),
    response: z.object({ host_id: hostId }),
    status: 201,
  }),
};
