import type { TokenScope } from '@cao/contracts';
import type { Db } from '../connect.ts';
import { and, eq, gt, isNull, lt, sql } from '../drizzle.ts';
import { fixed } from '../fixed.ts';
import { asRows, rowsOf } from '../rows-of.ts';
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

/** Who has a token: a person or program, or the agent in a terminal. */
export type Bearer =
  | { readonly kind: 'token'; readonly scope: TokenScope; readonly name: string }
  | {
      readonly kind: 'agent';
      readonly terminalId: string;
      readonly sessionName: string;
      readonly callerId: string | null;
    };

/** Of each hash, in their order: null for one that nobody has, that has expired by the database's clock, or whose terminal has ended. */
export async function findBearers(db: Db, hashes: readonly string[]): Promise<(Bearer | null)[]> {
  const asked = [...new Set(hashes)].map((hash) => ({ hash }));
  const rows = await lookFor(db, asRows(asked));
  return hashes.map((hash) => {
    const { scope, name, terminal_id, session_name, caller_id } = rows.find((row) => row.hash === hash)!;
    if (scope !== null) return { kind: 'token', scope, name: name! };
    if (terminal_id === null) return null;
    return { kind: 'agent', terminalId: terminal_id, sessionName: session_name!, callerId: caller_id };
  });
}

const lookFor = fixed<
  {
    hash: string;
    scope: TokenScope | null;
    name: string | null;
    terminal_id: string | null;
    session_name: string | null;
    caller_id: string | null;
  },
  [asked: string]
>(
  (asked) => sql`
    select asked.hash, scope, name, terminals.id as terminal_id, session_name, caller_id
    from ${rowsOf('asked', 'hash text', asked)}
    left join api_tokens on api_tokens.hash = asked.hash and (expires_at is null or expires_at > now())
    left join terminals on terminals.token_hash = asked.hash and lifecycle <> 'closed'`,
);

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
