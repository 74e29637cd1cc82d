import type { HostView } from '@cao/contracts';
import { bigint, integer, jsonb, pgTable, sql, text, uuid } from '../drizzle.ts';
import { createdAt, instant } from './columns.ts';

type HostProvider = Omit<HostView['providers'][number], 'limit'>;
type ProviderLimit = NonNullable<HostView['providers'][number]['limit']>;

export const hosts = pgTable('hosts', {
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  /** Ed25519, DER (SPKI) in base64; null when it was removed. */
  publicKey: text('public_key').unique(),
  labels: text('labels').array().notNull().default(sql`'{}'`),
  capacity: integer('capacity').notNull(),
  /** Raised by each accepted hello; what carries an older one is refused at the commit. */
  linkEpoch: bigint('link_epoch', { mode: 'number' }).notNull().default(0),
  /** The replica that holds the link; null when nobody does. */
  replica: uuid('replica'),
  agentVersion: text('agent_version'),
  os: text('os'),
  arch: text('arch'),
  attach: text('attach'),
  providers: jsonb('providers').$type<HostProvider[]>().notNull().default([]),
  /** CLIs that ran out of quota there, or whose login was refused: none is placed there until then. */
  limits: jsonb('limits').$type<Record<string, ProviderLimit>>().notNull().default({}),
  /** Null until it has told. */
  health: jsonb('health').$type<HostView['health']>(),
  /** Its upgrade under way, or the last one. */
  upgrade: jsonb('upgrade').$type<HostView['upgrade']>(),
  /** Repositories that it has fetched, normalised; the one used last comes first. */
  warm: text('warm').array().notNull().default(sql`'{}'`),
  /** Events of this spool up to this number are applied. */
  spoolId: uuid('spool_id'),
  spoolAcked: bigint('spool_acked', { mode: 'number' }).notNull().default(0),
  /** What people set. A pause whose time is over counts as open. */
  mode: text('mode').$type<HostView['mode']>().notNull().default('open'),
  modeNote: text('mode_note'),
  modeUntil: instant('mode_until'),
  drain: text('drain').$type<NonNullable<HostView['drain']>>(),
  /** The copy of its state folder that had the last link, and when another one asked for it. */
  instance: text('instance'),
  duplicateAt: instant('duplicate_at'),
  /** Of the machine's present run. */
  machineBoot: text('machine_boot'),
  connectedAt: instant('connected_at'),
  lostAt: instant('lost_at'),
  /** It is no host any more; its row stays for the terminals that ran there. */
  removedAt: instant('removed_at'),
  createdAt: createdAt(),
});
