import { randomUUID } from 'node:crypto';
import { CaoError, decidedAs, type TerminalView } from '@cao/contracts';
import type { World } from './world.ts';

export interface Call {
  readonly params: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: parsed by the endpoint's own schema just before
  readonly query: any;
  // biome-ignore lint/suspicious/noExplicitAny: the same
  readonly body: any;
  readonly scope: string;
}

interface Known {
  readonly world: World;
  readonly codes: Map<string, string>;
  readonly tokens: Map<string, string>;
}

/** What the fake api can answer, by noun and verb of the endpoint table. */
export const answers: Readonly<Record<string, (call: Call, known: Known) => unknown>> = {
  'access.login': ({ body }, { codes, tokens }) => {
    const scope = codes.get(body.code);
    if (!scope) throw new CaoError('unauthenticated', 'the login code is unknown, used or too old');
    codes.delete(body.code);
    const token = randomUUID();
    tokens.set(token, scope);
    return { token, scope, expires_at: new Date().toISOString() };
  },
  'system.health': () => ({ status: 'ok', service: 'fake', version: '0' }),
  'access.whoami': ({ scope }) => ({ scope, name: 'login', terminal_id: null, caller_id: null }),
  'hosts.list': (_, { world }) => ({ hosts: [...world.hosts.values()] }),
  'sessions.list': ({ query }, { world }) => ({
    sessions: [...world.sessions.values()]
      .filter((session) => query.all || session.state !== 'closed')
      .toReversed()
      .map((session) => ({ ...session, terminals: membersOf(world, session.name, query.all) })),
  }),
  'sessions.get': ({ params }, { world }) => ({
    session: found(world.sessions.get(params.name!), `session ${params.name}`),
    terminals: membersOf(world, params.name!, true),
  }),
  'terminals.get': ({ params }, { world }) => ({ terminal: terminalOf(world, params.id!) }),
  'terminals.messages': ({ params, query }, { world }) => ({
    messages: world.messages
      .filter((each) => each.terminal_id === terminalOf(world, params.id!).id)
      .toReversed()
      .slice(0, query.limit),
  }),
  'terminals.send': ({ params, body }, { world }) => {
    const terminal = terminalOf(world, params.id!);
    if (terminal.lifecycle === 'closed') throw new CaoError('gone', `terminal ${terminal.id} is closed`);
    return { message: world.message('message.queued', { terminal_id: terminal.id, text: body.text }) };
  },
  'approvals.list': ({ query }, { world }) => ({
    approvals: [...world.approvals.values()].filter((each) => !query.state || each.state === query.state),
  }),
  'approvals.answer': ({ params, body }, { world }) => {
    const approval = found(world.approvals.get(params.id!), `approval ${params.id}`);
    if (approval.state === 'closed')
      throw new CaoError('conflict', `approval ${approval.id} is not open any more`);
    const state = decidedAs[body.decision as 'allow' | 'deny'];
    const { id, terminal_id } = approval;
    return {
      approval: world.approval('approval.answered', { id, terminal_id, state, decision: body.decision }),
    };
  },
  'terminals.why': ({ params }, { world }) => {
    const terminal = terminalOf(world, params.id!);
    const lines = [terminal.reason ?? terminal.status_evidence].filter((line) => line !== '');
    return { kind: 'terminal', id: terminal.id, lines, next: 'Look with `cao host list`.', hosts: [] };
  },
};

const membersOf = (world: World, session: string, all: boolean): TerminalView[] =>
  [...world.terminals.values()].filter(
    (each) => each.session_name === session && (all || each.lifecycle !== 'closed'),
  );

const terminalOf = (world: World, id: string): TerminalView =>
  found(world.terminals.get(id), `terminal ${id}`);

function found<T>(thing: T | undefined, name: string): T {
  if (!thing) throw new CaoError('not_found', `there is no ${name}`);
  return thing;
}
