export { apiTokens, oneTimeCodes, replicas } from './access.ts';
export { approvals } from './approvals.ts';
export { events } from './events.ts';
export { hosts } from './hosts.ts';
export { messages } from './messages.ts';
export { profiles } from './profiles.ts';
export { sessions } from './sessions.ts';
export { tasks } from './tasks.ts';
export { terminals } from './terminals.ts';
