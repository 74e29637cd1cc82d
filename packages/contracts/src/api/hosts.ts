import { z } from 'zod';
import { hostView, terminalView } from '../entities.ts';
import { hostId, hostName } from '../ids.ts';
import { line } from '../text.ts';
import { defineEndpoint } from './endpoint.ts';

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
    summary: 'Exchanges a join token for the credential of a new host.',
    body: z.strictObject({
      token: z.string().min(1).max(256),
      name: hostName,
      labels: z.array(line(64)).max(64).default([]),
      capacity: z.number().int().min(1).max(1000).default(20),
    }),
    response: z.object({ host_id: hostId, credential: z.string() }),
    status: 201,
  }),
};
