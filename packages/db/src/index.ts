/** Postgres, the record. Schema, repositories and migrations; nobody else knows SQL. */
export { eventsIn } from './announce.ts';
export {
  type ConnectOptions,
  connect,
  type Database,
  type Db,
  EVENT_CHANNEL,
  isDuplicate,
  isOutage,
} from './connect.ts';
export { type BellRequest, inLedger, type Ledger, type Rung } from './ledger.ts';
export { migrate } from './migrate.ts';
export * from './repos/access.ts';
export * from './repos/approvals.ts';
export * from './repos/closing.ts';
export * from './repos/deliveries.ts';
export * from './repos/events.ts';
export * from './repos/fail-over.ts';
export * from './repos/forgotten-turns.ts';
export * from './repos/hellos.ts';
export * from './repos/host-health.ts';
export * from './repos/host-links.ts';
export * from './repos/host-mode.ts';
export * from './repos/host-views.ts';
export * from './repos/hosts.ts';
export * from './repos/lost-hosts.ts';
export * from './repos/messages.ts';
export * from './repos/moves.ts';
export * from './repos/on-host.ts';
export * from './repos/outcomes.ts';
export * from './repos/place-anew.ts';
export * from './repos/placement.ts';
export * from './repos/profiles.ts';
export * from './repos/provider-limits.ts';
export * from './repos/sessions.ts';
export * from './repos/spool.ts';
export * from './repos/stuck.ts';
export * from './repos/tasks.ts';
export * from './repos/terminal-views.ts';
export * from './repos/terminals.ts';
export * from './repos/turn-end.ts';
export * from './repos/workspaces.ts';
