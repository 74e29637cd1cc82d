import { createRequire } from 'node:module';

/*
 * What is used of Drizzle, as the CommonJS that it ships too. For each ESM file of a package Node parses its package.json
 * (`getPackageScopeConfig`), and Drizzle's has 175 KB and a hundred such files: a service began 0.8 s later.
 */
const require = createRequire(import.meta.url);
const orm: typeof import('drizzle-orm') = require('drizzle-orm');
const core: typeof import('drizzle-orm/pg-core') = require('drizzle-orm/pg-core');
const driver: typeof import('drizzle-orm/node-postgres') = require('drizzle-orm/node-postgres');
const migrator: typeof import('drizzle-orm/node-postgres/migrator') = require('drizzle-orm/node-postgres/migrator');

export const {
  and,
  asc,
  desc,
  eq,
  gt,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  ne,
  notInArray,
  or,
  Placeholder,
  sql,
} = orm;
export const {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  PgDialect,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} = core;
export const { drizzle } = driver;
export const { migrate: runMigrations } = migrator;
export type { SQL } from 'drizzle-orm';
export type { NodePgDatabase } from 'drizzle-orm/node-postgres';
