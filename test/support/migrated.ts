import { connect, migrate } from '@cao/db';
import { openQueues } from '@cao/queue';
import { makeLogger } from '@cao/runtime';
import type { TestProject } from 'vitest/node';
import { createDatabase } from './services.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A database with all tables and nothing in them, to be copied: a hundred stacks make them once. */
    migratedTemplate: string;
  }
}

/** After the setup that starts Postgres. The name says whose it is: the same server may serve two runs. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const adminUrl = project.getProvidedContext().postgresAdminUrl;
  const made = await createDatabase(adminUrl);
  const log = makeLogger('test', 'error');
  const database = connect({ url: made.url, log });
  await migrate(database);
  await database.close();
  const queues = await openQueues({ backend: { kind: 'postgres', url: made.url }, log });
  await queues.close();
  project.provide('migratedTemplate', made.name);
  return async () => {
    await made[Symbol.asyncDispose]();
  };
}
