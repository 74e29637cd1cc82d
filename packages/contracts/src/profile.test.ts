import { expect, test } from 'vitest';
import { narrowTools, toolsOf } from './profile.ts';

test('an explicit list beats the role, and neither means developer', () => {
  expect(toolsOf({ role: 'supervisor' })).toEqual(['@cao-mcp-server', 'fs_read', 'fs_list']);
  expect(toolsOf({ role: 'supervisor', allowedTools: ['fs_read'] })).toEqual(['fs_read']);
  expect(toolsOf({})).toContain('execute_bash');
  expect(toolsOf({ allowedTools: ['fs_read'], mcpServers: { db: {} } })).toEqual(['fs_read', '@db']);
});

test.each([
  {
    above: ['*'],
    wanted: ['execute_bash', 'fs_*'],
    gets: ['execute_bash', 'fs_read', 'fs_write', 'fs_list'],
  },
  { above: ['fs_*', '@cao-mcp-server'], wanted: ['*'], gets: ['fs_*', '@cao-mcp-server'] },
  {
    above: ['fs_read', '@cao-mcp-server'],
    wanted: ['fs_*', 'execute_bash', '@cao-mcp-server'],
    gets: ['fs_read', '@cao-mcp-server'],
  },
  { above: ['fs_*'], wanted: ['fs_write'], gets: ['fs_write'] },
  { above: [], wanted: ['*'], gets: [] },
])('of $wanted below a ceiling of $above remains $gets', ({ above, wanted, gets }) => {
  expect(narrowTools(above, wanted)).toEqual(gets);
});
