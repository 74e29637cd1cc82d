import { MAX_LINK_FRAME_BYTES } from '@cao/contracts';
import rateLimit from '@fastify/rate-limit';
import serveFiles from '@fastify/static';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Deps } from './deps.ts';
import { MAX_BODY_BYTES, useErrorTable } from './errors.ts';
import { inputLimits, takeOnlyJson } from './http-input.ts';
import { serveLinks } from './link/server.ts';
import { chooseProtocol, serveLive } from './live/live.ts';
import { makeWatchers } from './live/watchers.ts';
import { openApi } from './openapi.ts';
import { accessRoutes } from './routes/access.ts';
import { approvalRoutes } from './routes/approvals.ts';
import { doctorRoutes } from './routes/doctor.ts';
import { hostRoutes } from './routes/hosts.ts';
import { profileRoutes } from './routes/profiles.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { systemRoutes } from './routes/system.ts';
import { taskRoutes } from './routes/tasks.ts';
import { terminalRoutes } from './routes/terminals.ts';
import { whyRoutes } from './routes/why.ts';
import { workspaceRoutes } from './routes/workspaces.ts';
import { guardBrowsers } from './security.ts';

/** The composition of one replica: everything that answers, on one screen. */
export async function buildApp(
  deps: Deps,
  options: { webDir?: string | undefined } = {},
): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    ...inputLimits,
    forceCloseConnections: true,
    logger: false,
  });
  useErrorTable(app, deps.log);
  takeOnlyJson(app);
  guardBrowsers(app);
  await app.register(rateLimit, { global: false });
  await app.register(websocket, {
    options: { maxPayload: MAX_LINK_FRAME_BYTES, handleProtocols: chooseProtocol },
  });

  systemRoutes(app, deps);
  accessRoutes(app, deps);
  hostRoutes(app, deps);
  profileRoutes(app, deps);
  sessionRoutes(app, deps);
  terminalRoutes(app, deps);
  taskRoutes(app, deps);
  approvalRoutes(app, deps);
  whyRoutes(app, deps);
  doctorRoutes(app, deps);
  workspaceRoutes(app, deps);
  app.get('/api/v1/openapi.json', async () => openApi());

  const watchers = makeWatchers(deps.links);
  serveLinks(app, deps, watchers);
  serveLive(app, deps, watchers);

  if (options.webDir) {
    await app.register(serveFiles, { root: options.webDir, cacheControl: false });
    // The login link is a page of its own; its code is behind the #, which no server sees.
    app.get('/login', (_request, reply) => reply.sendFile('index.html'));
  }
  return app;
}
