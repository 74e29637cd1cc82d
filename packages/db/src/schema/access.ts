import type { TokenScope } from '@cao/contracts';
import { pgTable, text, uuid } from '../drizzle.ts';
import { createdAt, instant } from './columns.ts';

/** Tokens of people and programs: only their hashes. */
export const apiTokens = pgTable('api_tokens', {
  hash: text('hash').primaryKey(),
  scope: text('scope').$type<TokenScope>().notNull(),
  name: text('name').notNull(),
  createdAt: createdAt(),
  expiresAt: instant('expires_at'),
});

/** Codes that work once: a login link, or a host's join token. */
export const oneTimeCodes = pgTable('one_time_codes', {
  hash: text('hash').primaryKey(),
  purpose: text('purpose', { enum: ['login', 'join'] }).notNull(),
  createdAt: createdAt(),
  expiresAt: instant('expires_at').notNull(),
  usedAt: instant('used_at'),
});

/** A replica's sign of life, by the database's clock. */
export const replicas = pgTable('replicas', {
  id: uuid('id').primaryKey(),
  /** Where the other replicas reach it; null until it listens. */
  url: text('url'),
  seenAt: instant('seen_at').notNull().defaultNow(),
  startedAt: instant('started_at').notNull().defaultNow(),
});
