import { randomBytes } from 'node:crypto';
import { api, CaoError, SESSION_PREFIX } from '@cao/contracts';
import {
  type Db,
  enqueue,
  findSession,
  listSessions,
  openSession,
  setConductor,
  shutdownSession,
  terminalViews,
  toMessageView,
  toSessionView,
} from '@cao/db';
import type { FastifyInstance } from 'fastify';
import { commit } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { launchTerminal } from '../launch.ts';
import { route } from './route.ts';
import { sessionRef } from './session-ref.ts';

/** Of a session that never was: the name of one that ended would begin that one anew. */
async function freeName(db: Db): Promise<string> {
  for (;;) {
    const name = SESSION_PREFIX + randomBytes(4).toString('hex');
    if (!(await findSession(db, name))) return name;
  }
}

export function sessionRoutes(app: FastifyInstance, deps: Deps): void {
  const { db } = deps.database;

  const mustFind = async (name: string) => {
    const row = await findSession(db, name);
    if (!row) throw new CaoError('not_found', `there is no session ${name}`, { session: name });
    return row;
  };

  route(app, deps, api.sessions.list, async ({ query }) => {
    const rows = await listSessions(db, query.all);
    const terminals = await terminalViews(db, { all: query.all });
    return {
      sessions: rows.map((row) => ({
        ...toSessionView(row),
        terminals: terminals.filter((terminal) => terminal.session_name === row.name),
      })),
    };
  });

  route(app, deps, api.sessions.create, async ({ body }) => {
    const name = sessionRef(body.session_name) ?? (await freeName(db));
    const made = await commit(deps, async (ledger) => {
      await openSession(ledger.tx, { name, onHostLost: body.on_host_lost ?? 'fail' });
      const terminal = await launchTerminal(ledger, {
        sessionName: name,
        agentProfile: body.agent_profile,
        resume: body.resume,
        provider: body.provider,
        workingDirectory: body.working_directory,
        repo: body.repo,
        ref: body.ref,
        onClose: body.on_close,
        allowedTools: body.allowed_tools,
        yolo: body.yolo,
        host: body.host,
        labels: body.labels,
        apart: body.apart,
        parent: null,
      });
      const session = await setConductor(ledger.tx, name, terminal.id);
      const message = body.message
        ? await enqueue(ledger, { terminalId: terminal.id, kind: 'user', sender: 'user', text: body.message })
        : null;
      return { session, id: terminal.id, message };
    });
    const [terminal] = await terminalViews(db, { id: made.id });
    return {
      session: toSessionView(made.session),
      terminal: terminal!,
      message: made.message && toMessageView(made.message),
    };
  });

  route(app, deps, api.sessions.get, async ({ params }) => {
    const row = await mustFind(sessionRef(params.name));
    // All of the present life of this name: a closed session's workers stay visible.
    const terminals = await terminalViews(db, { session: row.name, all: true });
    return {
      session: toSessionView(row),
      terminals: terminals.filter((terminal) => terminal.created_at >= row.createdAt.toISOString()),
    };
  });

  route(app, deps, api.sessions.shutdown, async ({ params, query, signal }) => {
    const { name } = await mustFind(sessionRef(params.name));
    await commit(deps, (ledger) => shutdownSession(ledger, name));
    await deps.bus.until({
      concerns: (event) => event.session_name === name,
      read: async () => ((await mustFind(name)).state === 'closed' ? true : undefined),
      timeoutMs: query.wait_ms,
      signal,
    });
    return {
      session: toSessionView(await mustFind(name)),
      remaining: await terminalViews(db, { session: name }),
    };
  });
}
