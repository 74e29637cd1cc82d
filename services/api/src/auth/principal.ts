import { CaoError, type Scope } from '@cao/contracts';
import type { Bearer } from '@cao/db';
import type { Deps } from '../deps.ts';
import { hashOf } from './secrets.ts';

/** Who calls: a person or program with a scope, an agent in its terminal, or nobody. */
export type Principal = Bearer | { readonly kind: 'nobody' };

const RANK = { viewer: 1, operator: 2, admin: 3 } as const;

/** @throws CaoError unauthenticated when a token is given that nobody has. */
export async function principalOf(deps: Pick<Deps, 'shared'>, token: string | null): Promise<Principal> {
  if (token === null) return { kind: 'nobody' };
  const bearer = await deps.shared.findBearer(hashOf(token));
  if (bearer) return bearer;
  throw new CaoError('unauthenticated', 'this token is not known, has expired, or its terminal has ended');
}

export function bearerOf(header: string | undefined): string | null {
  const match = /^Bearer ([\w.~+/-]+=*)$/.exec(header ?? '');
  return match?.[1] ?? null;
}

/**
 * @throws CaoError unauthenticated, forbidden. An agent may call what is marked `agent` and nothing else: its token
 * opens that terminal's tools only.
 */
export function authorise(principal: Principal, scope: Scope): void {
  if (scope === 'open') return;
  if (principal.kind === 'nobody') throw new CaoError('unauthenticated', 'a token is required');
  if (scope === 'any') return;
  if (principal.kind === 'agent') {
    if (scope === 'agent') return;
    throw new CaoError('forbidden', `the token of a terminal may not do this; it needs the scope ${scope}`, {
      needs: scope,
    });
  }
  const needs = scope === 'agent' ? 'operator' : scope;
  if (RANK[principal.scope] < RANK[needs])
    throw new CaoError('forbidden', `this token has the scope ${principal.scope}, and ${needs} is needed`, {
      needs,
    });
}
