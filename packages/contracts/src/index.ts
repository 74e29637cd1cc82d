/** The words of the system. No I/O and no Node: a browser bundles it. */
export * from './api/access.ts';
export * from './api/endpoint.ts';
export * from './api/index.ts';
export * from './api/profiles.ts';
export * from './api/sessions.ts';
export * from './api/tasks.ts';
export * from './api/terminals.ts';
export * from './entities.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './jobs.ts';
export * from './link.ts';
export * from './live.ts';
export * from './profile.ts';
export * from './sanitise.ts';
export * from './screen.ts';
export * from './status.ts';
