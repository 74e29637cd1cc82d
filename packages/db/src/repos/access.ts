import type { TokenScope } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, eq, gt, isNull, lt, or, sql } from '../drizzle.ts';
import { apiTokens, hosts, oneTimeCodes, replicas } from '../schema/index.ts';

/** @param ttlSeconds null: it does not expire. */
export async function storeToken(
  db: Db,
  token: { hash: string; scope: TokenScope; name: string; ttlSeconds: number | null },
): Promise<Date | null> {
  const expiresAt =
    token.ttlSeconds === null ? null : sql`now() + make_interval(secs => ${token.ttlSeconds})`;
  const [row] = await db
    .insert(apiTokens)
    .values({ hash: token.hash, scope: token.scope, name: token.name, expiresAt })
    .onConflictDoUpdate({ target: apiTokens.hash, set: { scope: token.scope, name: token.name } })
    .returning({ expiresAt: apiTokens.expiresAt });
  return row!.expiresAt;
}

/** The living token of this hash, by the database's clock. */
export async function findToken(db: Db, hash: string): Promise<{ scope: TokenScope; name: string } | null> {
  const [row] = await db
    .select({ scope: apiTokens.scope, name: apiTokens.name })
    .from(apiTokens)
    .where(
      and(eq(apiTokens.hash, hash), or(isNull(apiTokens.expiresAt), gt(apiTokens.expiresAt, sql`now()`))),
    );
  return row ?? null;
}

export async function storeCode(
  db: Db,
  code: { hash: string; purpose: 'login' | 'join'; ttlSeconds: number },
): Promise<Date> {
  const [row] = await db
    .insert(oneTimeCodes)
    .values({
      hash: code.hash,
      purpose: code.purpose,
      expiresAt: sql`now() + make_interval(secs => ${code.ttlSeconds})`,
    })
    .returning({ expiresAt: oneTimeCodes.expiresAt });
  return row!.expiresAt;
}

/** Takes the code: of two callers at the same moment one gets true. */
export async function useCode(db: Db, code: { hash: string; purpose: 'login' | 'join' }): Promise<boolean> {
  const taken = await db
    .update(oneTimeCodes)
    .set({ usedAt: sql`now()` })
    .where(
      and(
        eq(oneTimeCodes.hash, code.hash),
        eq(oneTimeCodes.purpose, code.purpose),
        isNull(oneTimeCodes.usedAt),
        gt(oneTimeCodes.expiresAt, sql`now()`),
      ),
    )
    .returning({ hash: oneTimeCodes.hash });
  return taken.length === 1;
}

/** @param url where others reach it; null while nobody does. */
export async function beatReplica(db: Db, id: string, url: string | null): Promise<void> {
  await db
    .insert(replicas)
    .values({ id, url })
    .onConflictDoUpdate({ target: replicas.id, set: { url, seenAt: sql`now()` } });
}

/** The replica that holds the link of a host, and where it is reached; null when none does. */
export async function linkHolder(
  db: Db,
  hostId: string,
): Promise<{ replica: string; url: string | null } | null> {
  const [row] = await db
    .select({ replica: replicas.id, url: replicas.url })
    .from(hosts)
    .innerJoin(replicas, eq(replicas.id, hosts.replica))
    .where(eq(hosts.id, hostId));
  return row ?? null;
}

export async function removeReplica(db: Db, id: string): Promise<void> {
  await db.delete(replicas).where(eq(replicas.id, id));
}

/** @returns ids of replicas that gave no sign for this long; they are removed. */
export async function sweepReplicas(db: Db, silentSeconds: number): Promise<string[]> {
  const gone = await db
    .delete(replicas)
    .where(lt(replicas.seenAt, sql`now() - make_interval(secs => ${silentSeconds})`))
    .returning({ id: replicas.id });
  return gone.map((row) => row.id);
}
