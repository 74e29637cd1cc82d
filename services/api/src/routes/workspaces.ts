import { API_PREFIX, api, CaoError, type HostView } from '@cao/contracts';
import { findHost, listHosts } from '@cao/db';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { DEADLINE_MS } from '../link/deadlines.ts';
import type { Link } from '../link/link.ts';
import { hostNotLinked, linkOf, type PassedCall, throughLink } from '../replicas/holder.ts';
import { route } from './route.ts';

export function workspaceRoutes(app: FastifyInstance, deps: Deps): void {
  const { db } = deps.database;

  /** The answer of one host, also of one that another replica holds: there the call names it. */
  const ask = async <A>(
    host: HostView,
    call: PassedCall & Required<Pick<PassedCall, 'as'>>,
    work: (link: Link) => Promise<A>,
  ): Promise<A> =>
    throughLink(deps, await linkOf(deps, host.id, call.request), call, hostNotLinked(host), work);

  /** One host, which must answer; or all, of which those that do not are named. */
  const askEach = async <A>(ref: string | undefined, askOne: (host: HostView) => Promise<A>) => {
    if (ref !== undefined) {
      const host = await findHost(db, ref);
      if (!host) throw new CaoError('not_found', `host: there is no host ${ref}`, { field: 'host' });
      return { answers: [await askOne(host)], away: [] };
    }
    const away: string[] = [];
    const answers = await Promise.all(
      (await listHosts(db)).map(async (host) => {
        try {
          return [await askOne(host)];
        } catch (error) {
          if (!(error instanceof CaoError)) throw error;
          away.push(host.name);
          return [];
        }
      }),
    );
    return { answers: answers.flat(), away };
  };

  const list = async (ref: string | undefined, { request, signal }: PassedCall) => {
    const { answers, away } = await askEach(ref, (host) => {
      const as = { method: 'GET', url: `${PATH}?${new URLSearchParams({ host: host.id })}` };
      return ask(host, { request, signal, as }, async (link) => {
        const { workspaces } = await link.command({ do: 'workspaces' }, DEADLINE_MS.workspaces);
        return { workspaces: workspaces.map((one) => ({ ...one, ...on(host) })) };
      });
    });
    return { workspaces: answers.flatMap(({ workspaces }) => workspaces), away };
  };

  route(app, deps, api.workspaces.list, ({ query, request, signal }) =>
    list(query.host, { request, signal }),
  );

  route(app, deps, api.workspaces.collect, async ({ body, request, signal }) => {
    const { answers, away } = await askEach(body.host, (host) => {
      const as = { method: 'POST', url: request.url, body: { ...body, host: host.id } };
      return ask(host, { request, signal, as }, async (link) => {
        const { dry_run, days } = body;
        const report = await link.command({ do: 'collect', dry_run, days }, DEADLINE_MS.workspaces);
        return { hosts: [{ ...report, ...on(host) }] };
      });
    });
    return { hosts: answers.flatMap(({ hosts }) => hosts), away };
  });

  route(app, deps, api.workspaces.remove, async ({ params: { id }, query, request, signal }) => {
    const { workspaces, away } = await list(query.host, { request, signal });
    const [found, other] = workspaces.filter((one) => one.id === id);
    if (!found)
      throw new CaoError(
        'not_found',
        `there is no workspace ${id}${away.length ? `, at least not on hosts that can be asked; not linked: ${away.join(', ')}` : ''}`,
      );
    if (other)
      throw new CaoError(
        'conflict',
        `host: ${found.host_name} and ${other.host_name} both have a workspace ${id}; say which`,
        { field: 'host' },
      );
    const host = (await findHost(db, found.host_id))!;
    const { force, dry_run } = query;
    const wish = new URLSearchParams({ host: host.id, force: String(force), dry_run: String(dry_run) });
    const as = { method: 'DELETE', url: `${PATH}/${encodeURIComponent(id)}?${wish}` };
    return ask(host, { request, signal, as }, async (link) => {
      const { workspace } = await link.command(
        { do: 'remove_workspace', workspace: id, force, dry_run },
        DEADLINE_MS.workspaces,
      );
      return { workspace: { ...workspace, ...on(host) } };
    });
  });
}

const PATH = API_PREFIX + api.workspaces.list.path;

const on = ({ id, name }: HostView) => ({ host_id: id, host_name: name });
