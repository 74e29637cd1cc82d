import type { FailureKind, HostView } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, eq, sql } from '../drizzle.ts';
import { hosts } from '../schema/index.ts';
import type { HostRow } from './hosts.ts';

/**
 * A quota whose renewal nobody knows is tried again after this. A refused login soon: whoever logs in now launches again in a
 * moment, and should not wait. Units: minutes.
 */
const LIMIT_MIN = { quota: 15, login: 1 } as const;

/** A CLI's service refused it on this host: nothing is placed on it there for a while. */
export async function limitProvider(
  tx: Db,
  hostId: string,
  provider: string,
  failed: { kind: FailureKind; resets_at: string | null },
): Promise<void> {
  const minutes = failed.kind === 'not_logged_in' ? LIMIT_MIN.login : LIMIT_MIN.quota;
  const until = sql`coalesce(${failed.resets_at}::timestamptz, now() + make_interval(mins => ${minutes}))`;
  const entry = sql`jsonb_build_object(${provider}::text, jsonb_build_object('kind', ${failed.kind}::text, 'until', to_char(${until} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))`;
  await tx
    .update(hosts)
    .set({ limits: sql`${hosts.limits} || ${entry}` })
    .where(eq(hosts.id, hostId));
}

/** It answers again. */
export async function unlimitProvider(tx: Db, hostId: string, provider: string): Promise<void> {
  await tx
    .update(hosts)
    .set({ limits: sql`${hosts.limits} - ${provider}::text` })
    .where(and(eq(hosts.id, hostId), sql`${hosts.limits} ? ${provider}::text`));
}

/** Only while it lasts, by the database's clock. */
export function limitOf(row: HostRow, now: string, provider: string): HostView['providers'][number]['limit'] {
  const limit = row.limits[provider];
  return limit && Date.parse(limit.until) > Date.parse(now) ? limit : null;
}
