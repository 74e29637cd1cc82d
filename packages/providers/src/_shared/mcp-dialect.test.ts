import { expect, test } from 'vitest';
import { launchInput } from '../testing/conformance.ts';
import { renamed, serversFor } from './mcp-dialect.ts';

const mcpServers = { web: { type: 'http', url: 'https://x', timeout: 5 }, other: { command: 'x' } };
const input = {
  ...launchInput,
  tools: ['@web', '@cao-mcp-server'],
  profile: { ...launchInput.profile, mcpServers },
};

test('ours is a server as in a profile, and beside it stand those that the tools name', () => {
  expect(serversFor(input, { token: '%T%', ours: { always: true } })).toEqual({
    web: mcpServers.web,
    'cao-mcp-server': {
      type: 'http',
      url: input.loopback.mcpUrl,
      headers: { Authorization: 'Bearer %T%' },
      timeout: 290_000,
      always: true,
    },
  });
});

test('a CLI has words of its own for ours, too, and may find the token without a header', () => {
  const servers = serversFor(input, { inItsWords: (server) => renamed(server, { type: 'transport' }) });
  expect(servers.web).toEqual({ transport: 'http', url: 'https://x', timeout: 5 });
  expect(servers['cao-mcp-server']).toMatchObject({ transport: 'http' });
  expect(servers['cao-mcp-server']).not.toHaveProperty('headers');
});

test('a field that has another name and nothing in it is left out', () => {
  const server = { type: '', timeout: 0, command: 'x', toString: 'kept' };
  expect(renamed(server, { type: 'transport' })).toEqual({ timeout: 0, command: 'x', toString: 'kept' });
});
