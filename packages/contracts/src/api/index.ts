import { access } from './access.ts';
import { approvals } from './approvals.ts';
import { hosts } from './hosts.ts';
import { profiles } from './profiles.ts';
import { sessions } from './sessions.ts';
import { system } from './system.ts';
import { tasks } from './tasks.ts';
import { terminals } from './terminals.ts';
import { workspaces } from './workspaces.ts';

/** Every endpoint on one screen: noun → verb. */
export const api = { system, access, hosts, profiles, sessions, terminals, tasks, approvals, workspaces };
export type Api = typeof api;
