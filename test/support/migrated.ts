import { connect, migrate } from '@cao/db';
import { openQueues } from '@cao/queue';
import { silentLogger } from '@cao/runtime';
import type { TestProject } from 'vitest/node';
import { createDatabase, type FreshDatabase } from './services.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Databases to be copied, with all tables and nothing in them: a hundred stacks have them made once. */
    templates: {
      /** Ours. */
      readonly tables: string;
      /** And those of the queue. */
      readonly tablesAndQueue: string;
    };
  }
}

/** After the setup that starts Postgres. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const adminUrl = project.getProvidedContext().postgresAdminUrl;
  const tables = await createDatabase(adminUrl);
  await withTables(tables);
  const tablesAndQueue = await createDatabase(adminUrl, tables.name);
  await withQueue(tablesAndQueue);
  project.provide('templates', { tables: tables.name, tablesAndQueue: tablesAndQueue.name });
  return async () => {
    for (const made of [tables, tablesAndQueue]) await made[Symbol.asyncDispose]();
  };
}

async function withTables({ url }: FreshDatabase): Promise<void> {
  const database = connect({ url, log: silentLogger });
  await migrate(database);
  await database.close();
}

async function withQueue({ url }: FreshDatabase): Promise<void> {
  const queues = await openQueues({ backend: { kind: 'postgres', url }, log: silentLogger });
  await queues.close();
}
