import { api, CaoError, sanitise, type TerminalView } from '@cao/contracts';
import {
  enqueue,
  enqueueAll,
  findByIdempotencyKey,
  findMessage,
  findTerminal,
  inbox,
  isOutage,
  type MessageRow,
  type NewMessage,
  requestClose,
  type TerminalRow,
  terminalViews,
  toMessageView,
} from '@cao/db';
import { type ALONE, gather } from '@cao/runtime';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from '../auth/principal.ts';
import { commit, commitOne } from '../bells.ts';
import type { Deps } from '../deps.ts';
import { DEADLINE_MS } from '../link/deadlines.ts';
import type { Link } from '../link/link.ts';
import { withSender } from '../messages/suffix.ts';
import { notLinked, placeOf, throughLink } from '../replicas/holder.ts';
import { route } from './route.ts';
import { sessionRef } from './session-ref.ts';

/** Messages that are stored by one statement, and such statements at a time. */
const MESSAGES = {
  most: 32,
  atOnce: 1,
  isUndone: (error: unknown) => !isOutage(error),
  sizeOf: ({ text }: NewMessage) => text.length,
  // Somebody sees to its terminal at this moment, mostly.
  retries: 3,
};

export function terminalRoutes(app: FastifyInstance, deps: Deps): void {
  const { db } = deps.database;

  const view = async (id: string): Promise<TerminalView> => {
    const [found] = await terminalViews(db, { id });
    if (!found) throw new CaoError('not_found', `there is no terminal ${id}`, { terminal_id: id });
    return found;
  };
  const mustFind = async (id: string): Promise<TerminalRow> => {
    const row = await findTerminal(db, id);
    if (!row) throw new CaoError('not_found', `there is no terminal ${id}`, { terminal_id: id });
    return row;
  };
  /** @throws CaoError not_found, gone, conflict (not started yet) */
  const mustFindLive = async (id: string): Promise<TerminalRow> => {
    const row = await mustFind(id);
    if (row.lifecycle === 'closed')
      throw new CaoError('gone', `terminal ${id} has ended${row.reason ? `: ${row.reason}` : ''}`);
    if (row.lifecycle === 'placing') throw new CaoError('conflict', `terminal ${id} has not started yet`);
    return row;
  };
  /** @throws CaoError host_offline, and what `work` throws */
  const onHost = async <T>(
    row: TerminalRow,
    call: { request: FastifyRequest; signal: AbortSignal },
    work: (link: Link) => Promise<T>,
  ): Promise<T> => throughLink(deps, await placeOf(deps, row, call.request), call, notLinked(row), work);

  route(app, deps, api.terminals.list, async ({ query }) => ({
    terminals: await terminalViews(db, { session: sessionRef(query.session), all: query.all }),
  }));
  route(app, deps, api.terminals.get, async ({ params }) => ({ terminal: await view(params.id) }));

  const store = gather<NewMessage, MessageRow>(
    (messages) =>
      commitOne<(MessageRow | typeof ALONE)[]>(deps, async (ledger) =>
        messages.length > 1 ? enqueueAll(ledger, messages) : [await enqueue(ledger, messages[0]!)],
      ),
    MESSAGES,
  );

  route(app, deps, api.terminals.send, async ({ params, body, principal }) => {
    const sender = senderOf(principal);
    if (sender === params.id)
      throw new CaoError('bad_request', 'receiver_id: a terminal cannot write to itself', {
        field: 'receiver_id',
      });
    const text = principal.kind === 'agent' ? withSender(body.text, sender) : body.text;
    const send = () =>
      store({
        terminalId: params.id,
        kind: principal.kind === 'agent' ? 'send_message' : 'user',
        sender,
        text,
        idempotencyKey: body.idempotency_key,
      });
    const row = await once(sender, body.idempotency_key, send);
    const same = row.terminalId === params.id && row.text === sanitise(text).text;
    if (!same)
      throw new CaoError(
        'conflict',
        'idempotency_key: it was used for another message; take a new key for a new message',
        { field: 'idempotency_key', message_id: row.id },
      );
    return { message: toMessageView(row) };
  });

  /** The unique index lets one call of each key insert. Who is refused, for that or as the terminal has ended since, finds its row. */
  const once = async (
    sender: string,
    key: string | undefined,
    send: () => Promise<MessageRow>,
  ): Promise<MessageRow> => {
    try {
      return await send();
    } catch (error) {
      const earlier = key === undefined ? null : await findByIdempotencyKey(db, sender, key);
      if (!earlier) throw error;
      return earlier;
    }
  };

  route(app, deps, api.terminals.messages, async ({ params, query }) => {
    await view(params.id);
    return { messages: (await inbox(db, params.id, query.limit)).map(toMessageView) };
  });

  const mustFindMessage = async (id: string) => {
    const row = await findMessage(db, id);
    if (!row) throw new CaoError('not_found', `there is no message ${id}`, { message_id: id });
    return row;
  };

  route(app, deps, api.terminals.message, async ({ params }) => ({
    message: toMessageView(await mustFindMessage(params.id)),
  }));

  route(app, deps, api.terminals.waitMessage, async ({ params, query, signal }) => {
    const read = () => mustFindMessage(params.id);
    const { terminalId } = await read();
    await deps.bus.until({
      concerns: (event) => event.terminal_id === terminalId,
      read: async () => ((await read()).endedAt ? true : undefined),
      timeoutMs: query.timeout_ms,
      signal,
    });
    return { message: toMessageView(await read()), terminal: await view(terminalId) };
  });

  route(app, deps, api.terminals.output, async ({ params: { id }, query: { mode }, ...call }) => {
    if (mode === 'last') return { mode, output: (await view(id)).last_answer ?? '' };
    const row = await mustFindLive(id);
    return onHost(row, call, async (link) => {
      const command = { do: 'capture', terminal: id, epoch: row.epoch, mode } as const;
      const { output } = await link.command(command, DEADLINE_MS.capture);
      return { mode, output };
    });
  });

  route(app, deps, api.terminals.transcript, async ({ params: { id }, query, ...call }) => {
    const row = await mustFind(id);
    return onHost(row, call, async (link) => {
      const command = { do: 'transcript', terminal: id, ...query, epoch: query.epoch ?? row.epoch } as const;
      const page = await link.command(command, DEADLINE_MS.transcript);
      return { terminal: id, epoch: command.epoch, ...page };
    });
  });

  route(app, deps, api.terminals.keys, async ({ params: { id }, body: { keys }, ...call }) => {
    const row = await mustFindLive(id);
    return onHost(row, call, (link) =>
      link.command({ do: 'keys', terminal: id, epoch: row.epoch, keys }, DEADLINE_MS.keys),
    );
  });

  route(app, deps, api.terminals.close, async ({ params }) => {
    await view(params.id);
    await commit(deps, (ledger) => requestClose(ledger, params.id, 'closed on request'));
    return { terminal: await view(params.id) };
  });
}

const senderOf = (principal: Principal): string =>
  principal.kind === 'agent' ? principal.terminalId : 'user';
