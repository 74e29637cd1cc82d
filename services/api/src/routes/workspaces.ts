import { api, CaoError, type CommandResult, type HostView, type LinkCommand } from '@cao/contracts';
import { findHost, listHosts } from '@cao/db';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { DEADLINE_MS } from '../link/deadlines.ts';
import { hostNotLinked } from '../replicas/holder.ts';
import { route } from './route.ts';

type WorkspaceCommand = Extract<LinkCommand, { do: 'workspaces' | 'collect' | 'remove_workspace' }>;

export function workspaceRoutes(app: FastifyInstance, deps: Deps): void {
  const { db } = deps.database;

  const ask = <C extends WorkspaceCommand>(host: HostView, command: C): Promise<CommandResult<C['do']>> => {
    const link = deps.links.get(host.id);
    if (!link) throw hostNotLinked(host);
    return link.command(command, DEADLINE_MS.workspaces);
  };

  /** One host, which must answer; or all, of which those that do not are named. */
  const askEach = async <C extends WorkspaceCommand>(ref: string | undefined, command: C) => {
    const on = ({ id, name }: HostView) => ({ host_id: id, host_name: name });
    if (ref !== undefined) {
      const host = await findHost(db, ref);
      if (!host) throw new CaoError('not_found', `host: there is no host ${ref}`, { field: 'host' });
      return { answers: [{ on: on(host), result: await ask(host, command) }], away: [] };
    }
    const away: string[] = [];
    const answers = await Promise.all(
      (await listHosts(db)).map(async (host) => {
        try {
          return [{ on: on(host), result: await ask(host, command) }];
        } catch (error) {
          if (!(error instanceof CaoError)) throw error;
          away.push(host.name);
          return [];
        }
      }),
    );
    return { answers: answers.flat(), away };
  };

  const list = async (ref: string | undefined) => {
    const { answers, away } = await askEach(ref, { do: 'workspaces' });
    return {
      workspaces: answers.flatMap(({ on, result }) => result.workspaces.map((one) => ({ ...one, ...on }))),
      away,
    };
  };

  route(app, deps, api.workspaces.list, ({ query }) => list(query.host));

  route(app, deps, api.workspaces.collect, async ({ body }) => {
    const { answers, away } = await askEach(body.host, {
      do: 'collect',
      dry_run: body.dry_run,
      days: body.days,
    });
    return { hosts: answers.map(({ on, result }) => ({ ...result, ...on })), away };
  });

  route(app, deps, api.workspaces.remove, async ({ params, query }) => {
    const { workspaces, away } = await list(query.host);
    const [found, other] = workspaces.filter(({ id }) => id === params.id);
    if (!found)
      throw new CaoError(
        'not_found',
        `there is no workspace ${params.id}${away.length ? `, at least not on hosts that can be asked; not linked: ${away.join(', ')}` : ''}`,
      );
    if (other)
      throw new CaoError(
        'conflict',
        `host: ${found.host_name} and ${other.host_name} both have a workspace ${params.id}; say which`,
        { field: 'host' },
      );
    const { host_id, host_name } = found;
    const host = (await findHost(db, host_id))!;
    const { workspace } = await ask(host, {
      do: 'remove_workspace',
      workspace: params.id,
      force: query.force,
      dry_run: query.dry_run,
    });
    return { workspace: { ...workspace, host_id, host_name } };
  });
}
