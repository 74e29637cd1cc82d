import { z } from 'zod';
import { hostId, terminalId } from '../ids.ts';
import { line } from '../text.ts';
import { collection, workspaceView } from '../workspace.ts';
import { defineEndpoint } from './endpoint.ts';

const host = line(64).optional().describe('id or name of a host; default: every host that is linked');
const onHost = { host_id: hostId, host_name: z.string() };
const away = z.array(z.string()).describe('names of hosts that could not be asked');

export const workspaces = {
  list: defineEndpoint({
    method: 'GET',
    path: '/workspaces',
    scope: 'viewer',
    summary: 'Worktrees on the hosts: whose, how large, and what in them the remote does not have.',
    query: z.object({ host }),
    response: z.object({ workspaces: z.array(workspaceView.extend(onHost)), away }),
  }),
  collect: defineEndpoint({
    method: 'POST',
    path: '/workspaces/collect',
    scope: 'operator',
    summary:
      'Removes worktrees and mirrors that nobody has used for days, and what the disk needs; never work that the remote does not have.',
    body: z.strictObject({
      host,
      days: z.number().min(0).max(3650).optional().describe("age; default: the host's own"),
      dry_run: z.boolean().default(false),
    }),
    response: z.object({ hosts: z.array(collection.extend(onHost)), away }),
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    path: '/workspaces/:id',
    scope: 'operator',
    summary: 'Removes one worktree; one with work that would be lost only by force.',
    params: z.object({ id: terminalId }),
    query: z.object({
      host,
      force: z.stringbool().default(false),
      dry_run: z.stringbool().default(false),
    }),
    response: z.object({ workspace: workspaceView.extend(onHost) }),
  }),
};
