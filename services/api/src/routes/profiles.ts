import { api, CaoError } from '@cao/contracts';
import { putProfile } from '@cao/db';
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import { parseProfile } from '../profiles/parse.ts';
import { loadProfile, profileViews } from '../profiles/profiles.ts';
import { route } from './route.ts';

export function profileRoutes(app: FastifyInstance, deps: Deps): void {
  const { db } = deps.database;

  route(app, deps, api.profiles.list, async () => ({ profiles: await profileViews(db) }));

  route(app, deps, api.profiles.get, async ({ params }) => {
    const { view, content } = await loadProfile(db, params.name);
    return { profile: view, content };
  });

  route(app, deps, api.profiles.put, async ({ params, body }) => {
    const { name } = parseProfile(body.content);
    if (name !== params.name)
      throw new CaoError(
        'bad_request',
        `name: the front matter says ${name}, and ${params.name} was asked for`,
        { field: 'name' },
      );
    await putProfile(db, name, body.content);
    const { view } = await loadProfile(db, name);
    return { profile: view };
  });
}
