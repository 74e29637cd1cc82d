/** The words of the system. No I/O and no Node: a browser bundles it. */
export * from './errors.ts';
export * from './ids.ts';
export * from './jobs.ts';
export * from './profile.ts';
export * from './screen.ts';
export * from './status.ts';
